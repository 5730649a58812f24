"""The table of all settings, for docs/configuration.md."""

from configuration.declaring import Setting, declared


def table_of_settings() -> str:
    """A row for each declared setting, by category, as Markdown."""
    rows = sorted(declared().values(), key=lambda setting: (setting.category, setting.sub_category, setting.key))
    return "\n".join(
        [
            "| Key | Default | Should be | May be set for | What it does |",
            "|---|---|---|---|---|",
            *(_row(setting) for setting in rows),
            "",
        ]
    )


def _row(setting: Setting) -> str:
    scopes = ", ".join(["the system", *(f"a {scope.label.lower()}" for scope in setting.scopes)])
    default = "not set" if setting.default is None else f"`{setting.default}`"
    cells = [f"`{setting.key}`", default, setting.right, scopes, f"**{setting.name}.** {setting.help_text}"]
    return f"| {' | '.join(cell.replace('|', '\\|') for cell in cells)} |"
