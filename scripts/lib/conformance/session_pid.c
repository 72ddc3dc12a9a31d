/* Loaded before isolationtester's libpq when the proxy pools by transactions: a session then has no server process of its own
 * whose number could say who waits for whom. The number that stands for a session is made of its application_name, which follows
 * the session; session_is_blocked.sql makes the same of it on the server's side. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <libpq-fe.h>

enum { kMaxSessions = 64 };

static struct {
    int told;   /* what the client was told of as its process */
    int number; /* what stands for the session */
} sessions[kMaxSessions];
static int session_count;

int PQbackendPID(const PGconn *conn)
{
    int (*original)(const PGconn *) = (int (*)(const PGconn *))dlsym(RTLD_NEXT, "PQbackendPID");
    const char *name = PQparameterStatus(conn, "application_name");
    long long number = 7;
    for (; name && *name; name++)
        number = (number * 31 + (unsigned char)*name) % 2147483647;
    if (session_count < kMaxSessions) {
        sessions[session_count].told = original(conn);
        sessions[session_count++].number = (int)number;
    }
    return (int)number;
}

PGnotify *PQnotifies(PGconn *conn)
{
    PGnotify *(*original)(PGconn *) = (PGnotify *(*)(PGconn *))dlsym(RTLD_NEXT, "PQnotifies");
    PGnotify *notify = original(conn);
    for (int i = 0; notify && i < session_count; i++) {
        if (sessions[i].told == notify->be_pid) {
            notify->be_pid = sessions[i].number;
            break;
        }
    }
    return notify;
}
