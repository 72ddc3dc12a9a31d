-- The sample database of the quickstart: sales that an analyst may see, customers and salaries that he may not.
-- Run once, as a superuser, in the empty database `shop`. The role sqlproxy exists already.

CREATE SCHEMA hr;

CREATE TABLE public.customers (
    id    integer PRIMARY KEY,
    name  text NOT NULL,
    email text NOT NULL,
    phone text,
    iban  text
);

CREATE TABLE public.orders (
    id          integer PRIMARY KEY,
    customer_id integer NOT NULL REFERENCES public.customers,
    ordered_on  date NOT NULL,
    product     text NOT NULL,
    total       numeric(10, 2) NOT NULL
);

CREATE TABLE hr.salaries (
    employee text PRIMARY KEY,
    monthly  numeric(10, 2) NOT NULL
);

INSERT INTO public.customers VALUES
    (1, 'Ada Example', 'ada@example.com', '+49 30 5550101', 'DE02120300000000202051'),
    (2, 'Ben Sample', 'ben@example.org', '+44 20 5550102', 'GB33BUKB20201555555555'),
    (3, 'Chiara Muster', 'chiara@example.net', '+39 06 5550103', 'IT60X0542811101000000123456');

INSERT INTO public.orders VALUES
    (101, 1, '2025-01-07', 'kettle', 39.90),
    (102, 2, '2025-01-09', 'lamp', 84.50),
    (103, 1, '2025-02-11', 'chair', 129.00),
    (104, 3, '2025-02-20', 'kettle', 39.90),
    (105, 2, '2025-03-02', 'desk', 310.00);

INSERT INTO hr.salaries VALUES ('Dana', 5100.00), ('Emil', 4700.00), ('Fatma', 6350.00);

-- The proxy's service role may do more than any one of the proxy's users: the policy decides what of it they get.
GRANT USAGE ON SCHEMA public, hr TO sqlproxy;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public, hr TO sqlproxy;
