-- The \d family.
DROP SCHEMA IF EXISTS d CASCADE;
CREATE SCHEMA d;
SET search_path = d;
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TABLE parent (id int PRIMARY KEY, feeling mood DEFAULT 'sad', amount positive, created timestamptz DEFAULT now(), twice int GENERATED ALWAYS AS (id * 2) STORED);
CREATE TABLE child (extra text) INHERITS (parent);
CREATE TABLE part (k int, v text) PARTITION BY RANGE (k);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (10);
CREATE INDEX ON parent (feeling);
CREATE VIEW v AS SELECT id, feeling FROM parent WHERE id > 0;
CREATE MATERIALIZED VIEW mv AS SELECT 1 AS one;
CREATE SEQUENCE sq START 5;
CREATE FUNCTION f(a int, b text DEFAULT 'x') RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT a';
CREATE FUNCTION trg() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER t BEFORE INSERT ON parent FOR EACH ROW EXECUTE FUNCTION trg();
COMMENT ON TABLE parent IS 'a comment';
GRANT SELECT ON parent TO PUBLIC;
ALTER TABLE parent ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON parent USING (id > 1);
\d
\d parent
\d+ parent
\d child
\d+ part
\d v
\d+ v
\d mv
\d sq
\dt
\dt+ d.*
\di
\ds
\dv
\dm
\df
\df+ f
\sf f
\sv v
\dT
\dD
\dn d
\dp
\du service
\dx
\db
\dc d.*
\dO d.*
\dL
\dconfig work_mem
\ddp
\dy
\dRp
\dF
\d no_such
DROP SCHEMA d CASCADE;
\echo the end
