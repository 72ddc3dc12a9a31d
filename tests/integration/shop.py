"""The database that policy and audit are tested on, and who may do what there.

`hr.salaries` holds SECRET; nobody but `chief` may read it.
"""

import copy

from harness.proxy import configuration, database, user

SECRET = "TOPSECRET-c0ffee-4711"
PASSWORD = "shop-Password-1"

SCHEMA = f"""
CREATE TABLE public.orders (id int PRIMARY KEY, customer text, total numeric);
INSERT INTO public.orders VALUES (1, 'ada', 10), (2, 'bob', 20), (3, 'cy', 30);
CREATE TABLE public.products (id int PRIMARY KEY, name text);
INSERT INTO public.products VALUES (1, 'pin'), (2, 'pen');
CREATE TABLE public.internal (id int, note text);
INSERT INTO public.internal VALUES (1, 'internal note');
CREATE TABLE public.journal (n serial, line text);
CREATE SCHEMA hr;
CREATE TABLE hr.salaries (id int, who text, note text);
INSERT INTO hr.salaries VALUES (1, 'ada', '{SECRET}');
CREATE TABLE hr.holidays (id int, who text);
INSERT INTO hr.holidays VALUES (1, 'ada');
CREATE VIEW public.salary_view AS SELECT * FROM hr.salaries;
CREATE MATERIALIZED VIEW public.salary_copy AS SELECT * FROM hr.salaries;
CREATE TABLE hr.measured (day int, note text) PARTITION BY LIST (day);
CREATE TABLE hr.measured_1 PARTITION OF hr.measured FOR VALUES IN (1);
INSERT INTO hr.measured VALUES (1, '{SECRET}');
CREATE FUNCTION public.leak() RETURNS SETOF hr.salaries LANGUAGE sql SECURITY DEFINER AS 'SELECT * FROM hr.salaries';
CREATE FUNCTION public.leak_of(o public.orders) RETURNS text LANGUAGE sql AS 'SELECT note FROM hr.salaries LIMIT 1';
"""

POLICIES = [
    {"id": "analysts-read-sales", "roles": ["analysts"], "database": "shop", "schema": "public", "tables": ["orders", "products"], "statements": ["READ"], "action": "allow", "reason": "sales reporting"},
    {"id": "analysts-holidays", "roles": ["analysts"], "database": "shop", "schema": "hr", "table": "holidays", "statements": ["SELECT"], "action": "allow"},
    {"id": "clerks-work", "roles": ["clerks"], "database": "shop", "schema": "public", "statements": ["ALL"], "action": "allow"},
    {"id": "clerks-not-internal", "roles": ["clerks"], "database": "shop", "schema": "public", "table": "internal", "statements": ["ALL"], "action": "block", "reason": "internal notes"},
    {"id": "bob-writes-orders", "users": ["bob"], "database": "shop", "schema": "public", "table": "orders", "statements": ["INSERT", "UPDATE", "SELECT"], "action": "allow"},
    {"id": "bob-no-update", "users": ["bob"], "database": "shop", "schema": "public", "table": "orders", "statements": ["UPDATE"], "action": "block"},
    {"id": "chief-everything", "users": ["chief"], "statements": ["ALL"], "action": "allow"},
]

USERS = [
    user("ann", PASSWORD, roles=["analysts"]), user("clara", PASSWORD, roles=["clerks"]), user("bob", PASSWORD), user("chief", PASSWORD), user("nemo", PASSWORD),
    user("both", PASSWORD, roles=["analysts", "clerks"]),
]


def create(postgres):
    """The shop as new, for tests that change it."""
    postgres.sql("DROP DATABASE IF EXISTS shop WITH (FORCE)")
    postgres.sql("CREATE DATABASE shop")
    postgres.sql(SCHEMA, "shop")


def shop_configuration(postgres, pool_mode, **more):
    return configuration(postgres, policies=copy.deepcopy(POLICIES), users=copy.deepcopy(USERS), **{"*": database(postgres, pool_mode, **more)})


def log_in(proxy, name="ann", **options):
    return proxy.login(name, PASSWORD, database="shop", **options)
