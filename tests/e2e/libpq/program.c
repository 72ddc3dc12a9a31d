/* libpq by itself: pipeline mode with errors in it, single rows, binary parameters, COPY, cancel, notifications. */

#include <arpa/inet.h>
#include <libpq-fe.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { kStatements = 40, kTurns = 50, kConnections = 12 };

static void fail(PGconn *connection, const char *what)
{
    fprintf(stderr, "%s: %s", what, PQerrorMessage(connection));
    exit(1);
}

static PGconn *connected(void)
{
    PGconn *connection = PQconnectdb("");
    if (PQstatus(connection) != CONNECTION_OK)
        fail(connection, "connect");
    return connection;
}

static const char *text(const char *value) { return value ? value : "NULL"; }

/* Prints what a result says and lets it go. */
static void show(const char *name, PGresult *result)
{
    printf("%s: %s", name, result ? PQresStatus(PQresultStatus(result)) : "none");
    if (result && PQresultErrorField(result, PG_DIAG_SQLSTATE))
        printf(" %s %s at %s", PQresultErrorField(result, PG_DIAG_SQLSTATE), PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY),
               text(PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION)));
    if (result && *PQcmdStatus(result))
        printf(" %s", PQcmdStatus(result));
    for (int row = 0; result && row < PQntuples(result) && row < 5; row++)
        for (int column = 0; column < PQnfields(result); column++)
            if (!PQfformat(result, column))
                printf(" %s=%s", PQfname(result, column), PQgetisnull(result, row, column) ? "NULL" : PQgetvalue(result, row, column));
    printf("\n");
    PQclear(result);
}

static void run(PGconn *connection, const char *sql) { show(sql, PQexec(connection, sql)); }

/* In pipeline mode each statement's results end with NULL, but a sync's. */
static void show_pipeline(PGconn *connection, int syncs)
{
    while (syncs > 0) {
        PGresult *result = PQgetResult(connection);
        if (result && PQresultStatus(result) == PGRES_PIPELINE_SYNC)
            syncs--;
        if (result)
            show("pipeline", result);
        else if (PQstatus(connection) == CONNECTION_BAD)
            fail(connection, "pipeline");
    }
}

static void pipelines(PGconn *connection)
{
    const char *values[1];
    char number[16];
    values[0] = number;
    if (!PQenterPipelineMode(connection))
        fail(connection, "pipeline mode");
    PQsendPrepare(connection, "double", "SELECT $1::int * 2 AS n", 0, NULL);
    for (int i = 0; i < kStatements; i++) {
        snprintf(number, sizeof number, "%d", i);
        PQsendQueryPrepared(connection, "double", 1, values, NULL, NULL, 0);
    }
    PQsendDescribePrepared(connection, "double");
    PQpipelineSync(connection);
    /* An error: what follows it up to the sync is not done. */
    PQsendQueryParams(connection, "INSERT INTO libpq (id) VALUES (900)", 0, NULL, NULL, NULL, NULL, 0);
    PQsendQueryParams(connection, "SELECT 1/0", 0, NULL, NULL, NULL, NULL, 0);
    PQsendQueryParams(connection, "INSERT INTO libpq (id) VALUES (901)", 0, NULL, NULL, NULL, NULL, 0);
    PQpipelineSync(connection);
    PQsendQueryParams(connection, "BEGIN", 0, NULL, NULL, NULL, NULL, 0);
    PQsendQueryParams(connection, "SELECT nonsense", 0, NULL, NULL, NULL, NULL, 0);
    PQpipelineSync(connection);
    PQsendQueryParams(connection, "ROLLBACK", 0, NULL, NULL, NULL, NULL, 0);
    PQsendQueryParams(connection, "SELECT count(*) FROM libpq WHERE id >= 900", 0, NULL, NULL, NULL, NULL, 0);
    PQpipelineSync(connection);
    show_pipeline(connection, 4);
    /* Flush brings answers before any sync. */
    PQsendQueryParams(connection, "SELECT 'flushed' AS f", 0, NULL, NULL, NULL, NULL, 0);
    PQsendFlushRequest(connection);
    PQflush(connection);
    show("flush", PQgetResult(connection));
    PQgetResult(connection);
    PQpipelineSync(connection);
    show_pipeline(connection, 1);
    PQexitPipelineMode(connection);
    printf("pipeline status: %d\n", PQpipelineStatus(connection));
}

static void parameters(PGconn *connection)
{
    uint32_t id = htonl(3);
    const char *values[3] = {(const char *)&id, NULL, "\x00\xff"};
    const int lengths[3] = {4, 0, 2}, formats[3] = {1, 0, 1};
    const Oid types[3] = {23, 25, 17};
    show("binary", PQexecParams(connection, "INSERT INTO libpq VALUES ($1, $2, $3)", 3, types, values, lengths, formats, 0));
    PGresult *result = PQexecParams(connection, "SELECT id, name, data FROM libpq WHERE id = 3", 0, NULL, NULL, NULL, NULL, 1);
    printf("binary result: %u %d %d\n", ntohl(*(uint32_t *)PQgetvalue(result, 0, 0)), PQgetisnull(result, 0, 1), PQgetlength(result, 0, 2));
    PQclear(result);
    show("prepare", PQprepare(connection, "by-id", "SELECT name FROM libpq WHERE id = $1", 0, NULL));
    for (int turn = 0; turn < kTurns; turn++) {
        char number[16];
        const char *value[1] = {number};
        snprintf(number, sizeof number, "%d", turn % 4);
        PQclear(PQexec(connection, "BEGIN"));
        show("prepared", PQexecPrepared(connection, "by-id", 1, value, NULL, NULL, 0));
        PQclear(PQexec(connection, "COMMIT"));
    }
}

static void copies(PGconn *connection)
{
    PQclear(PQexec(connection, "COPY libpq (id, name) FROM STDIN"));
    for (int i = 1000; i < 6000; i++) {
        char line[64];
        PQputCopyData(connection, line, snprintf(line, sizeof line, "%d\trow %d\n", i, i));
    }
    PQputCopyEnd(connection, NULL);
    show("copy in", PQgetResult(connection));
    PQgetResult(connection);
    PQclear(PQexec(connection, "COPY libpq (id, name) FROM STDIN"));
    PQputCopyEnd(connection, "given up");
    show("copy fails", PQgetResult(connection));
    PQgetResult(connection);
    PQclear(PQexec(connection, "COPY (SELECT * FROM libpq WHERE id >= 1000) TO STDOUT"));
    char *line;
    long bytes = 0;
    for (int length; (length = PQgetCopyData(connection, &line, 0)) > 0; PQfreemem(line))
        bytes += length;
    show("copy out", PQgetResult(connection));
    PQgetResult(connection);
    printf("copied: %ld bytes\n", bytes);
    PQsendQuery(connection, "SELECT id FROM libpq WHERE id >= 1000 ORDER BY id");
    PQsetSingleRowMode(connection);
    int rows = 0;
    for (PGresult *result; (result = PQgetResult(connection)); PQclear(result))
        rows += PQresultStatus(result) == PGRES_SINGLE_TUPLE;
    printf("single rows: %d\n", rows);
}

static void cancel(PGconn *connection)
{
    char error[256];
    PGcancel *request = PQgetCancel(connection);
    PQsendQuery(connection, "SELECT pg_sleep(30)");
    usleep(300000);
    printf("cancel: %d\n", PQcancel(request, error, sizeof error));
    PQfreeCancel(request);
    show("canceled", PQgetResult(connection));
    PQgetResult(connection);
}

static void notifications(PGconn *connection)
{
    run(connection, "LISTEN libpq");
    PGconn *other = connected();
    run(other, "NOTIFY libpq, 'payload'");
    PQfinish(other);
    PGnotify *heard = NULL;
    for (int i = 0; i < 100 && !heard; i++) {
        PQconsumeInput(connection);
        heard = PQnotifies(connection);
        if (!heard)
            usleep(100000);
    }
    printf("notified: %s %s\n", heard ? heard->relname : "no", heard ? heard->extra : "");
    PQfreemem(heard);
}

static void many_connections(void)
{
    PGconn *connections[kConnections];
    for (int i = 0; i < kConnections; i++)
        connections[i] = connected();
    long total = 0;
    for (int turn = 0; turn < kTurns; turn++) {
        for (int i = 0; i < kConnections; i++)
            PQsendQuery(connections[i], "BEGIN; SELECT count(*) FROM libpq; COMMIT");
        for (int i = 0; i < kConnections; i++)
            for (PGresult *result; (result = PQgetResult(connections[i])); PQclear(result))
                total += PQntuples(result) ? atol(PQgetvalue(result, 0, 0)) : 0;
    }
    for (int i = 0; i < kConnections; i++)
        PQfinish(connections[i]);
    printf("counted: %ld\n", total);
}

int main(void)
{
    PGconn *connection = connected();
    printf("TLS: %d, protocol %d, server %d\n", PQsslInUse(connection), PQprotocolVersion(connection), PQserverVersion(connection) / 10000);
    run(connection, "SHOW application_name");
    run(connection, "SET client_min_messages = warning");
    run(connection, "DROP TABLE IF EXISTS libpq; CREATE TABLE libpq (id int PRIMARY KEY, name text, data bytea)");
    run(connection, "INSERT INTO libpq VALUES (1, 'one'), (2, NULL) RETURNING id, name");
    parameters(connection);
    pipelines(connection);
    copies(connection);
    run(connection, "SELECT 1 AS a; SELECT 2 AS b");
    run(connection, "SELECT (");
    run(connection, "BEGIN; SAVEPOINT a");
    run(connection, "INSERT INTO libpq VALUES (1)");
    run(connection, "ROLLBACK TO a");
    run(connection, "SELECT count(*) FROM libpq");
    run(connection, "COMMIT");
    run(connection, "SET statement_timeout = 50");
    run(connection, "SELECT pg_sleep(20)");
    run(connection, "RESET statement_timeout");
    cancel(connection);
    notifications(connection);
    run(connection, "SET search_path TO pg_catalog, public; SET timezone TO 'Asia/Tokyo'");
    run(connection, "SHOW search_path");
    printf("TimeZone: %s\n", text(PQparameterStatus(connection, "TimeZone")));
    many_connections();
    run(connection, "DROP TABLE public.libpq");
    PQfinish(connection);
    printf("the end\n");
    return 0;
}
