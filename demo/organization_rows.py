"""The rows of the organization: districts, schools, staff, contacts, the stock of medications, the settings."""

from demo import names
from demo.calendar import SchoolCalendar
from demo.copy_rows import NULL, CopyRows, time_ordered_keys
from demo.desk import first_key_millisecond, medication_keys
from demo.district import Organization, Staff, street_address
from demo.formulary import DRUGS
from demo.logins import login_of
from demo.plan import DemoPlan
from demo.setting_rows import add_settings

_COLUMNS = {
    "districts": "id created_at updated_at name code address city state zip_code phone email",
    "schools": (
        "id created_at updated_at name code address city state zip_code phone email district_id principal "
        "total_enrollment"
    ),
    "users": (
        "id created_at updated_at email password first_name last_name role phone school_id district_id is_active "
        "email_verified password_changed_at"
    ),
    "school_assignments": "id created_at updated_at user_id school_id start_date end_date",
    "contacts": "id created_at updated_at first_name last_name email phone type organization title user_id notes",
    "medications": (
        "id created_at updated_at name generic_name category description dosage_form strength ndc_code manufacturer "
        "lot_number stock_quantity minimum_stock expiration_date requires_refrigeration controlled_substance "
        "dea_schedule requires_witness"
    ),
    "system_configurations": "id created_at updated_at created_by updated_by key value scope scope_id",
}
_MAKERS = ("Teva", "Sandoz", "Mylan", "Aurobindo", "Zydus", "Perrigo", "Amneal")


def organization_rows(
    plan: DemoPlan, calendar: SchoolCalendar, organization: Organization, password_hash: str, mark: str
) -> list[CopyRows]:
    """The rows in an order that foreign keys allow, the mark of the demo among the settings.

    `password_hash` is for the logins of `demo.logins`; nobody else of the staff can log in.
    """
    rng = plan.random("organization rows")
    sheets = {
        table: CopyRows(table, columns, time_ordered_keys(first_key_millisecond(plan), rng))
        for table, columns in _COLUMNS.items()
    }
    _Writer(plan, calendar, sheets).write(organization, password_hash, mark)
    return list(sheets.values())


class _Writer:
    def __init__(self, plan: DemoPlan, calendar: SchoolCalendar, sheets: dict[str, CopyRows]) -> None:
        self._plan, self._calendar, self._sheets = plan, calendar, sheets
        self._rng = plan.random("organization details")
        # The districts came to White Cross two summers ago.
        self._founded = calendar.moment(calendar.first_day - 364 * 2 - 30, 600)

    def write(self, organization: Organization, password_hash: str, mark: str) -> None:
        for district in organization.districts:
            self._sheets["districts"].add(
                district.key,
                self._founded,
                self._founded,
                district.name,
                district.code,
                street_address(self._rng),
                district.city,
                "OH",
                district.zip_code,
                f"{district.area_code}-555-0100",
                f"office@{names.ascii_of(district.city)}.example",
            )
        self._add_schools(organization)
        for person in organization.staff:
            self._add_user(person, password_hash)
        self._add_cover(organization)
        self._add_contacts(organization)
        self._add_medications()
        add_settings(self._calendar, self._sheets["system_configurations"], organization, mark, self._founded)

    def _add_schools(self, organization: Organization) -> None:
        for school in organization.schools:
            self._sheets["schools"].add(
                school.key,
                self._founded,
                self._founded,
                school.name,
                school.code,
                school.address,
                school.district.city,
                "OH",
                school.district.zip_code,
                school.phone,
                f"{school.code.lower()}@{names.ascii_of(school.district.city)}.example",
                school.district.key,
                school.principal.name,
                school.enrollment,
            )

    def _add_user(self, person: Staff, password_hash: str) -> None:
        self._sheets["users"].add(
            person.key,
            self._founded,
            self._founded,
            person.email,
            # "!" marks a password that fits nothing (Django's UNUSABLE_PASSWORD_PREFIX).
            password_hash if person.email == login_of(person.role) else "!demo",
            person.first_name,
            person.last_name,
            person.role,
            person.phone,
            person.school_key or NULL,
            person.district_key or NULL,
            person.is_active,
            True,
            self._founded,
        )

    def _add_cover(self, organization: Organization) -> None:
        """Every third school's nurse covers the next school too; one such cover ended last year."""
        calendar, rows = self._calendar, self._sheets["school_assignments"]
        for district in organization.districts:
            for place, school in enumerate(district.schools):
                following = district.schools[(place + 1) % len(district.schools)]
                if place % 3 == 0 and following is not school:
                    start = calendar.moment(calendar.first_day, 480)
                    first = calendar.date_text[calendar.first_day]
                    rows.add(rows.new_key(), start, start, school.nurses[0].key, following.key, first, NULL)
            last = district.schools[-1]
            begin, end = calendar.first_day - 364, calendar.last_day - 364
            written = calendar.moment(begin, 480)
            rows.add(
                rows.new_key(),
                written,
                written,
                district.schools[0].counselor.key,
                last.key,
                calendar.date_text[begin],
                calendar.date_text[end],
            )

    def _add_contacts(self, organization: Organization) -> None:
        """Physicians and vendors of every district, and whom to call for the nurses."""
        for district in organization.districts:
            for provider in district.providers:
                _, first, last = provider.name.split(" ", 2)
                self._add_contact(
                    (first, last),
                    "PROVIDER",
                    organization=provider.facility,
                    title=provider.specialty,
                    notes=f"NPI {provider.npi}",
                )
            self._add_contact(
                ("Order", "Desk"), "VENDOR", organization="Buckeye School Health Supply", notes="Delivers on Tuesdays"
            )
        for school in organization.schools:
            nurse = school.nurses[0]
            self._add_contact(
                (self._rng.choice(names.BOYS), nurse.last_name), "EMERGENCY", user=nurse.key, notes="Spouse"
            )

    def _add_contact(
        self,
        name: tuple[str, str],
        kind: str,
        *,
        organization: str = NULL,
        title: str = NULL,
        user: str = NULL,
        notes: str,
    ) -> None:
        rows = self._sheets["contacts"]
        rows.add(
            rows.new_key(),
            self._founded,
            self._founded,
            *name,
            f"contact{len(rows) + 1}@demo.example",
            f"614-555-01{len(rows) % 100:02}",
            kind,
            organization,
            title,
            user,
            notes,
        )

    def _add_medications(self) -> None:
        calendar, rng, rows = self._calendar, self._rng, self._sheets["medications"]
        for number, (key, drug) in enumerate(zip(medication_keys(self._plan), DRUGS, strict=True)):
            # Every eighth lot runs out within a month: the nurse's home page asks for those.
            expires = calendar.today + (rng.randrange(3, 30) if number % 8 == 3 else rng.randrange(60, 700))
            rows.add(
                key,
                self._founded,
                calendar.moment(calendar.today - 1, 900),
                drug.name,
                drug.generic_name,
                drug.category,
                drug.use,
                drug.form,
                drug.strength,
                drug.ndc or NULL,
                rng.choice(_MAKERS),
                f"{rng.choice('ABCDEFGH')}{rng.randrange(10000, 99999)}",
                drug.stock,
                drug.minimum,
                calendar.date_text[expires],
                drug.refrigerated,
                drug.dea_schedule is not None,
                drug.dea_schedule or NULL,
                drug.dea_schedule is not None,
            )
