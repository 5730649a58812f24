"""The pre-migration checklist of the plan: what to look at before `migrate` runs on a database people depend on."""
