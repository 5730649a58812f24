SELECT table_name
FROM information_schema.tables
WHERE table_schema = 'public'
ORDER BY table_name;

-- Expected core tables:
-- allergies, appointments, chronic_conditions, configuration_history,
-- contacts, districts, emergency_contacts, growth_measurements,
-- health_records, incident_reports, medication_logs, medications,
-- schools, screenings, students, student_medications, system_configurations,
-- users, vaccinations, vital_signs
