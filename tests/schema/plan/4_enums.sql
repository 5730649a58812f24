SELECT
  t.typname AS enum_name,
  STRING_AGG(e.enumlabel, ', ' ORDER BY e.enumsortorder) AS enum_values
FROM pg_type t
JOIN pg_enum e ON t.oid = e.enumtypid
JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
WHERE n.nspname = 'public'
GROUP BY t.typname
ORDER BY t.typname;

-- Expected ENUMs:
-- AllergyType, AllergySeverity, AdministrationRoute, AdministrationSite,
-- AppointmentStatus, ConditionSeverity, ConditionStatus, ConfigScope,
-- ConfigValueType, ConsciousnessLevel, ContactType, FollowUpStatus,
-- Gender, HealthRecordType, IncidentSeverity, IncidentType,
-- ScreeningOutcome, ScreeningType, UserRole, VaccineComplianceStatus, VaccineType
