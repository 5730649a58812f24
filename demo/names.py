"""Names of people and places in the demo district: names that are common in the United States, put together anew."""

import unicodedata


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


BOYS = _words(
    """
    Liam Noah Oliver James Elijah Mateo Theodore Henry Lucas William Benjamin Levi Sebastian Jack Ezra Michael
    Daniel Leo Owen Samuel Hudson Alexander Asher Luca Ethan John David Jackson Joseph Mason Luke Matthew Julian
    Dylan Elias Jacob Maverick Gabriel Logan Aiden Thomas Isaac Miles Grayson Santiago Anthony Wyatt Carter Jayden
    Caleb Cooper Josiah Charles Isaiah Nolan Nathan Lincoln Roman Andrew Jonathan Xavier Adrian Jose Ian Colton
    Jordan Aaron Omar Ali Mohamed Ibrahim Amir Arjun Rohan Vihaan Kabir Minh Khang Wei Jun Hiroshi Joon Malik
    DeShawn Terrence Jamal Darius Kwame Tyrone Andre Diego Javier Emilio Rafael Luis Carlos Thiago Bogdan Dmitri
    Mikhail Stefan Yosef Eitan José Andrés Ángel Nicolás André Zoltán Søren Kai Will Beau Tucker Sawyer Kekoa Tāne
    Chayton Dakota
    """
)

GIRLS = _words(
    """
    Olivia Emma Charlotte Amelia Sophia Mia Isabella Ava Evelyn Luna Harper Sofia Camila Eleanor Elizabeth Violet
    Scarlett Emily Hazel Lily Gianna Aurora Penelope Aria Nora Chloe Ellie Mila Avery Layla Abigail Ella Isla Eliana
    Nova Madison Zoe Ivy Grace Lucy Willow Emilia Riley Naomi Victoria Stella Elena Hannah Valentina Maya Leah
    Delilah Ruby Sophie Josephine Ayla Clara Audrey Serenity Alice Sarah Autumn Bella Cora Savannah Genesis Fatima
    Aisha Amina Maryam Zainab Khadija Priya Ananya Aadhya Diya Linh Mai Thu Mei Yuna Hana Sakura Ji-woo Imani
    Aaliyah Ebony Keisha Tiana Nia Zuri Latoya Ximena Guadalupe Daniela Mariana Paola Lucía Zoë Chloé Inés Sofía
    Renée Anastasia Svetlana Katarzyna Ruth Miriam Shira An Anne-Marie Mary-Kate Leilani Kiana Halona Winona
    """
)

FAMILIES = _words(
    """
    Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez Wilson
    Anderson Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark Ramirez Lewis Robinson
    Walker Young Allen King Wright Scott Torres Nguyen Hill Flores Green Adams Nelson Baker Hall Rivera Campbell
    Mitchell Carter Roberts Gomez Phillips Evans Turner Diaz Parker Cruz Edwards Collins Reyes Stewart Morris
    Morales Murphy Cook Rogers Gutierrez Ortiz Morgan Cooper Peterson Bailey Reed Kelly Howard Ramos Kim Cox Ward
    Richardson Watson Brooks Chavez Wood James Bennett Gray Mendoza Ruiz Hughes Price Alvarez Castillo Sanders Patel
    Myers Long Ross Foster Jimenez Powell Jenkins Perry Russell Sullivan Bell Coleman Butler Henderson Barnes Fisher
    Vasquez Simmons Graham Murray Ford Castro Marshall Owens Harrison Fernandez McDonald Woods Washington Kennedy
    Wells Vargas Freeman Webb Tucker Guzman Burns Crawford Olson Simpson Porter Hunter Gordon Mendez Silva Shaw
    Snyder Mason Dixon Munoz Hunt Hicks Holmes Palmer Wagner Black Robertson Boyd Rose Stone Salazar Fox Warren
    Mills Meyer Rice Schmidt Garza Daniels Ferguson Nichols Stephens Soto Weaver Ryan Gardner Payne Grant Dunn
    Kelley Spencer Hawkins Arnold Pierce Hansen Peters Santos Hart Bradley Knight Elliott Cunningham Duncan
    Armstrong Hudson Carroll Lane Riley Andrews Alvarado Ray Delgado Berry Perkins Hoffman Johnston Matthews Pena
    Richards Contreras Willis Carpenter Lawrence Sandoval Chen Wang Li Zhang Liu Huang Tran Pham Le Vu Park Choi
    Singh Kaur Shah Khan Ahmed Hussain Ali Hassan Mohamed Abdi Warsame Okafor Adeyemi Mensah Diallo Kowalski Novak
    Petrov Ivanova Cohen Levy Goldberg Haddad Nasser Yamamoto Tanaka Begay Yazzie Kealoha Kahananui O'Brien O'Connor
    O'Neill D'Angelo D'Amico N'Diaye Nguyễn Trần Núñez Peña Muñoz García Gutiérrez Ibáñez Müller Sørensen
    Smith-Jones Garcia-Lopez Taylor-Brown Lee-Walker Al-Sayed Ben-David Delacruz St-Pierre
    """
)

STREETS = _words(
    """
    Maple Oak Elm Cedar Walnut Chestnut Sycamore Buckeye Hickory Locust Main High Church Mill River Lake Park Spring
    Washington Jefferson Madison Franklin Lincoln Grant Garfield Harrison Monroe Union Liberty Prospect Highland
    Summit
    """
)
STREET_KINDS = ("St", "Ave", "Rd", "Dr", "Ln", "Ct", "Blvd", "Way")

_TOWN_BEGINNINGS = _words(
    """
    Maple Cedar Oak Stone River Spring Fair Green Clear Mill Ash Elm Birch Lake Brook West North East South High
    Bright Silver Gold Red White Glen Wood Winter Summer Harvest
    """
)
_TOWN_ENDINGS = (
    "ton",
    "ville",
    "field",
    "ford",
    "view",
    "dale",
    "wood",
    "port",
    "burg",
    " Grove",
    " Heights",
    " Falls",
)

SCHOOL_NAMES = _words(
    """
    Lincoln Washington Franklin Jefferson Roosevelt Garfield Edison Whittier Emerson Longfellow Riverside Hillcrest
    Sunnyside Oakwood Meadowbrook Northside Eastgate Westview Parkside Fairmount Harriet-Tubman Cesar-Chavez
    Rosa-Parks Sally-Ride Clara-Barton Maya-Angelou Frederick-Douglass Thurgood-Marshall Katherine-Johnson
    """
)


def town(number: int) -> str:
    """A town; neighboring numbers differ in both halves, and 360 numbers pass before a name comes again."""
    beginnings, endings = len(_TOWN_BEGINNINGS), len(_TOWN_ENDINGS)
    name = _TOWN_BEGINNINGS[number % beginnings] + _TOWN_ENDINGS[(number + number // beginnings) % endings]
    again = number // (beginnings * endings)
    return f"{name} {again + 1}" if again else name


def ascii_of(name: str) -> str:
    """The letters of a name as they stand in an e-mail address: `Nguyễn` is `nguyen`, `O'Brien` is `obrien`."""
    plain = unicodedata.normalize("NFKD", name.replace("ø", "o").replace("Ø", "O"))
    return "".join(letter for letter in plain if letter.isascii() and letter.isalnum()).lower()


# One look-up per person instead of one normalization: a district has a hundred thousand people and 600 names.
ASCII = {name: ascii_of(name) for name in (*BOYS, *GIRLS, *FAMILIES)}
