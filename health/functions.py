"""Clinical quantities that the database computes from the columns of a row."""

from typing import Any

from django.db.models import DecimalField, Func


class BodyMassIndex(Func):
    """Weight in kilograms over the square of height in meters, two decimals; null where either is missing.

    Args: the names of the columns height, height_unit ("cm" or "inches"), weight, weight_unit ("kg" or "lbs").
    The inch is 2.54 cm and the pound 0.45359237 kg exactly (NIST Handbook 44, appendix C).
    """

    arity = 4
    output_field = DecimalField(max_digits=7, decimal_places=2)

    def as_sql(self, compiler: Any, connection: Any, *_: Any, **extra: Any) -> tuple[str, tuple[str | int, ...]]:
        height, height_unit, weight, weight_unit = (
            compiler.compile(expression)[0] for expression in self.get_source_expressions()
        )
        kilograms = f"{weight} * CASE {weight_unit} WHEN 'lbs' THEN 0.45359237 ELSE 1 END"
        meters = f"{height} * CASE {height_unit} WHEN 'inches' THEN 0.0254 ELSE 0.01 END"
        return f"round({kilograms} / nullif(power({meters}, 2), 0), 2)", ()
