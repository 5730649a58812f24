-- Insert test district
INSERT INTO districts (name, code, is_active)
VALUES ('Test District', 'TEST001', true)
RETURNING id;

-- Insert test school
INSERT INTO schools (name, code, district_id, is_active)
VALUES ('Test School', 'SCH001', '<district-id>', true)
RETURNING id;

-- Insert test user
INSERT INTO users (email, password, first_name, last_name, role)
VALUES ('test@example.com', '$2b$10$...', 'Test', 'Nurse', 'NURSE')
RETURNING id;

-- Verify cascade deletes work
DELETE FROM districts WHERE code = 'TEST001';
-- Should cascade delete schools
