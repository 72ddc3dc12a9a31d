// pgx: its ways to run a query, batches, COPY, large results, cancel by context, notifications, and a pool.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	workers = 12
	turns   = 20
)

var ctx = context.Background()

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "unexpected:", err)
		os.Exit(1)
	}
}

func show(values ...any) { fmt.Printf("%v\n", values) }

func errorOf(err error) string {
	var server *pgconn.PgError
	if errors.As(err, &server) {
		return fmt.Sprint(server.Severity, " ", server.Code, " ", server.Message, " ", server.Position, " ", server.ConstraintName)
	}
	return fmt.Sprint(err)
}

func one[T any](connection interface {
	QueryRow(context.Context, string, ...any) pgx.Row
}, sql string, arguments ...any) (value T) {
	check(connection.QueryRow(ctx, sql, arguments...).Scan(&value))
	return value
}

func types(connection *pgx.Conn) {
	_, err := connection.Exec(ctx, "DROP TABLE IF EXISTS pgx; CREATE TABLE pgx (id int PRIMARY KEY, name text, price numeric, at timestamptz, doc jsonb, data bytea, list int[])")
	check(err)
	insert := "INSERT INTO pgx VALUES ($1, $2, $3, $4, $5, $6, $7)"
	at := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	_, err = connection.Exec(ctx, insert, 1, "nämé", pgtype.Numeric{}, at, map[string]any{"a": []int{1}}, []byte{0, 255}, []int{1, 2})
	check(err)
	_, err = connection.Exec(ctx, insert, 2, nil, "1.50", nil, nil, nil, nil)
	check(err)
	rows, err := connection.Query(ctx, "SELECT * FROM pgx ORDER BY id")
	check(err)
	for rows.Next() {
		var id int
		var name *string
		var price pgtype.Numeric
		var when *time.Time
		var document map[string]any
		var data []byte
		var list []int
		check(rows.Scan(&id, &name, &price, &when, &document, &data, &list))
		text, _ := price.MarshalJSON()
		show(id, name != nil && *name == "nämé", string(text), when != nil && when.Equal(at), document, data, list)
	}
	check(rows.Err())
}

// Each way in which pgx can send a query.
func modes(connection *pgx.Conn) {
	for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeCacheStatement, pgx.QueryExecModeCacheDescribe, pgx.QueryExecModeDescribeExec, pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol} {
		for n := 0; n < turns; n++ {
			transaction, err := connection.Begin(ctx)
			check(err)
			if value := one[int](transaction, "SELECT $1::int + count(*)::int FROM pgx", mode, n); value != n+2 {
				show("wrong", mode, n, value)
			}
			check(transaction.Commit(ctx))
		}
		show(mode, one[string](connection, "SELECT $1::text", mode, "it's"))
	}
	// The table changes below a cached statement: the first use of it fails, and the next one is as good as new.
	_, err := connection.Exec(ctx, "ALTER TABLE pgx ADD COLUMN more int DEFAULT 7")
	check(err)
	for n := 0; n < 2; n++ {
		rows, err := connection.Query(ctx, "SELECT * FROM pgx WHERE id = 1")
		check(err)
		rows.Close()
		show(len(rows.FieldDescriptions()), errorOf(rows.Err()))
	}
}

func bulk(connection *pgx.Conn) {
	copied, err := connection.CopyFrom(ctx, pgx.Identifier{"pgx"}, []string{"id", "name"}, pgx.CopyFromSlice(5000, func(n int) ([]any, error) { return []any{n + 100, fmt.Sprint("row ", n)}, nil }))
	check(err)
	_, err = connection.CopyFrom(ctx, pgx.Identifier{"pgx"}, []string{"id"}, pgx.CopyFromRows([][]any{{1}}))
	show(copied, errorOf(err))
	batch := &pgx.Batch{}
	for n := 0; n < 50; n++ {
		batch.Queue("SELECT $1::int * 2", n)
	}
	results := connection.SendBatch(ctx, batch)
	sum := 0
	for n := 0; n < 50; n++ {
		var value int
		check(results.QueryRow().Scan(&value))
		sum += value
	}
	check(results.Close())
	batch = &pgx.Batch{}
	batch.Queue("INSERT INTO pgx (id) VALUES (50)")
	batch.Queue("SELECT 1/0")
	batch.Queue("INSERT INTO pgx (id) VALUES (51)")
	show(sum, errorOf(connection.SendBatch(ctx, batch).Close()), one[int](connection, "SELECT count(*) FROM pgx WHERE id IN (50, 51)"))
	rows, err := connection.Query(ctx, "SELECT id, repeat('x', 200) FROM pgx, generate_series(1, 4)")
	check(err)
	count := 0
	for rows.Next() {
		count++
	}
	check(rows.Err())
	show(count)
}

func transactions(connection *pgx.Conn) {
	check(pgx.BeginFunc(ctx, connection, func(outer pgx.Tx) error {
		_, err := outer.Exec(ctx, "UPDATE pgx SET name = 'kept' WHERE id = 1")
		check(err)
		show(errorOf(pgx.BeginFunc(ctx, outer, func(inner pgx.Tx) error {
			_, err := inner.Exec(ctx, "INSERT INTO pgx (id) VALUES (1)")
			return err
		})))
		_, err = outer.Exec(ctx, "DECLARE many CURSOR FOR SELECT id FROM pgx ORDER BY id")
		check(err)
		rows, err := outer.Query(ctx, "FETCH 100 FROM many")
		check(err)
		ids, err := pgx.CollectRows(rows, pgx.RowTo[int])
		check(err)
		show(len(ids))
		return nil
	}))
	show(one[string](connection, "SELECT name FROM pgx WHERE id = 1"))
	for _, sql := range []string{"SELECT 1/0", "SELECT nonsense", "SELECT (", "SELECT 'x'::int"} {
		_, err := connection.Exec(ctx, sql)
		show(errorOf(err))
	}
	_, err := connection.Exec(ctx, "SET statement_timeout = 50; SELECT pg_sleep(20)")
	show(errorOf(err))
	_, err = connection.Exec(ctx, "RESET statement_timeout")
	check(err)
}

func cancelled() {
	connection, err := pgx.Connect(ctx, "")
	check(err)
	request := connection.PgConn()
	go func() {
		time.Sleep(300 * time.Millisecond)
		check(request.CancelRequest(ctx))
	}()
	_, err = connection.Exec(ctx, "SELECT pg_sleep(30)")
	show(errorOf(err), one[string](connection, "SELECT 'afterwards'"))
	check(connection.Close(ctx))
	// A context that ends closes the connection. Another one: PostgreSQL signals a cancelled process twice, the second time maybe late.
	connection, err = pgx.Connect(ctx, "")
	check(err)
	short, stop := context.WithTimeout(ctx, 200*time.Millisecond)
	defer stop()
	_, err = connection.Exec(short, "SELECT pg_sleep(30)")
	show(errors.Is(err, context.DeadlineExceeded), connection.IsClosed())
}

func notifications(connection *pgx.Conn) {
	_, err := connection.Exec(ctx, "LISTEN pgx")
	check(err)
	other, err := pgx.Connect(ctx, "")
	check(err)
	_, err = other.Exec(ctx, "NOTIFY pgx, 'payload'")
	check(err)
	check(other.Close(ctx))
	limited, stop := context.WithTimeout(ctx, 10*time.Second)
	defer stop()
	heard, err := connection.WaitForNotification(limited)
	check(err)
	show(heard.Channel, heard.Payload)
}

func pool() {
	config, err := pgxpool.ParseConfig("")
	check(err)
	config.MaxConns = workers
	connections, err := pgxpool.NewWithConfig(ctx, config)
	check(err)
	defer connections.Close()
	sums := make([]int, workers)
	var group sync.WaitGroup
	for number := range sums {
		group.Add(1)
		go func(number int) {
			defer group.Done()
			for turn := 0; turn < turns; turn++ {
				check(pgx.BeginFunc(ctx, connections, func(transaction pgx.Tx) error {
					sums[number] += one[int](transaction, "SELECT count(*) FROM pgx WHERE id > $1", number*turn)
					return nil
				}))
			}
		}(number)
	}
	group.Wait()
	show(sums)
}

func main() {
	connection, err := pgx.Connect(ctx, "")
	check(err)
	show(one[string](connection, "SHOW application_name"), connection.PgConn().ParameterStatus("integer_datetimes"))
	types(connection)
	modes(connection)
	bulk(connection)
	transactions(connection)
	cancelled()
	notifications(connection)
	_, err = connection.Exec(ctx, "SET search_path TO pg_catalog, public; SET timezone TO 'Asia/Tokyo'")
	check(err)
	show(one[string](connection, "SHOW search_path"), one[string](connection, "SELECT timestamptz '2024-01-01 00:00+00'::text"))
	pool()
	_, err = connection.Exec(ctx, "DROP TABLE public.pgx")
	check(err)
	check(connection.Close(ctx))
	fmt.Println("the end")
}
