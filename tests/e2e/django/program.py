"""Django's ORM: tables by the schema editor, models, atomic blocks, server-side cursors, raw SQL, connections of many threads."""

import concurrent.futures
import datetime
import decimal
import os

import django
from django.conf import settings

settings.configure(
    USE_TZ=True,
    TIME_ZONE="Europe/Berlin",
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    DATABASES={"default": {
        "ENGINE": "django.db.backends.postgresql", "NAME": os.environ["PGDATABASE"], "USER": os.environ["PGUSER"], "PASSWORD": os.environ["PGPASSWORD"],
        "HOST": os.environ["PGHOST"], "PORT": os.environ["PGPORT"], "CONN_MAX_AGE": 60,
        "OPTIONS": {"application_name": "django", "sslmode": os.environ["PGSSLMODE"], "sslrootcert": os.environ["PGSSLROOTCERT"]},
    }},
)
django.setup()

from django.db import connection, models, transaction  # noqa: E402
from django.db.utils import DataError, IntegrityError, OperationalError, ProgrammingError  # noqa: E402

WORKERS, TURNS = 12, 20


def show(*values):
    print(*[repr(v) for v in values])


class Author(models.Model):
    name = models.TextField(unique=True)
    born = models.DateField(null=True)
    profile = models.JSONField(null=True)

    class Meta:
        app_label = "e2e"


class Book(models.Model):
    author = models.ForeignKey(Author, models.CASCADE, related_name="books")
    title = models.CharField(max_length=200)
    price = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    published = models.DateTimeField(null=True)
    cover = models.BinaryField(null=True)

    class Meta:
        app_label = "e2e"


def create_tables():
    with connection.schema_editor() as editor:
        editor.execute("DROP TABLE IF EXISTS e2e_book, e2e_author")
        editor.create_model(Author)
        editor.create_model(Book)
    show(sorted(name for name in connection.introspection.table_names() if name.startswith("e2e_")))
    with connection.cursor() as cursor:
        show([(column.name, column.null_ok) for column in connection.introspection.get_table_description(cursor, "e2e_book")])


def rows():
    author = Author.objects.create(name="Ada", born=datetime.date(1815, 12, 10), profile={"k": [1, None]})
    Book.objects.create(author=author, title="Notes", price=decimal.Decimal("9.50"), published=datetime.datetime(2024, 5, 6, tzinfo=datetime.timezone.utc), cover=b"\x00\xff")
    Author.objects.bulk_create([Author(name=f"n{n}") for n in range(300)])
    Book.objects.bulk_create([Book(author=author, title=f"t{n}", price=n) for n in range(1000)], batch_size=250)
    book = Book.objects.select_related("author").get(title="Notes")
    show(book.author.name, book.price, book.published, bytes(book.cover), book.author.profile, book.author.born)
    show(Author.objects.filter(profile__k__0=1).count(), Author.objects.filter(born=None).count())
    show(Book.objects.aggregate(models.Count("id"), models.Sum("price"), models.Max("title")))
    show(Book.objects.filter(price__lt=3).order_by("price").values_list("title", "price")[:3])
    show(Author.objects.get_or_create(name="Ada")[1], Author.objects.update_or_create(name="Bob", defaults={"born": None})[1])
    show(Book.objects.filter(price__gte=990).update(price=models.F("price") + 1), Book.objects.filter(price__gt=999).delete())
    # A server-side cursor, WITH HOLD outside of a transaction.
    show(sum(1 for _ in Book.objects.order_by("id").iterator(chunk_size=100)))
    with transaction.atomic():
        show(sum(1 for _ in Book.objects.order_by("id").iterator(chunk_size=100)))


def transactions():
    with transaction.atomic():
        Author.objects.create(name="kept")
        try:
            with transaction.atomic():
                Author.objects.create(name="Ada")
        except IntegrityError as error:
            show("savepoint rolled back", error.__cause__.pgcode)
        Author.objects.select_for_update().get(name="kept")
    try:
        with transaction.atomic():
            Author.objects.create(name="gone")
            raise RuntimeError
    except RuntimeError:
        pass
    show(list(Author.objects.filter(name__in=["kept", "gone"]).values_list("name", flat=True)))


def statements():
    with connection.cursor() as cursor:
        for sql in ("SHOW application_name", "SHOW timezone", "SHOW search_path"):
            cursor.execute(sql)
            show(cursor.fetchone())
        for sql, kind in (("SELECT 1/0", DataError), ("SELECT nonsense", ProgrammingError), ("SET statement_timeout = 50; SELECT pg_sleep(20)", OperationalError)):
            try:
                cursor.execute(sql)
            except kind as error:
                show(kind.__name__, error.__cause__.pgcode)
        cursor.execute("RESET statement_timeout")
        cursor.execute("SELECT %s::int + 1, %s, %s::text", [41, "it's", None])
        show(cursor.fetchone())


def worker(number):
    total = 0
    for turn in range(TURNS):
        with transaction.atomic():
            total += Book.objects.filter(price__gt=number * turn).count()
    connection.close()
    return total


create_tables()
rows()
transactions()
statements()
with concurrent.futures.ThreadPoolExecutor(WORKERS) as workers:
    show(list(workers.map(worker, range(WORKERS))))
with connection.schema_editor() as editor:
    editor.delete_model(Book)
    editor.delete_model(Author)
print("the end")
