-- What isolationtester asks, with numbers that stand for sessions (session_pid.c) in the place of process ids. The built-in one
-- cannot be replaced, so it makes way.
ALTER FUNCTION pg_catalog.pg_isolation_test_session_is_blocked(int, int[]) RENAME TO pg_isolation_test_process_is_blocked;

CREATE FUNCTION pg_catalog.conformance_session_number(name text) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  number bigint := 7;
  bytes bytea := convert_to(name, 'UTF8');
BEGIN
  FOR place IN 0 .. length(bytes) - 1 LOOP
    number := (number * 31 + get_byte(bytes, place)) % 2147483647;
  END LOOP;
  RETURN number;
END $$;

CREATE FUNCTION pg_catalog.pg_isolation_test_session_is_blocked(session int, sessions int[]) RETURNS bool LANGUAGE plpgsql AS $$
DECLARE
  others int[] := ARRAY(SELECT a.pid FROM pg_stat_activity a WHERE conformance_session_number(a.application_name) = ANY (sessions));
BEGIN
  RETURN EXISTS (
    SELECT FROM pg_stat_activity a
    WHERE conformance_session_number(a.application_name) = session AND a.state = 'active' AND pg_isolation_test_process_is_blocked(a.pid, others));
END $$;
