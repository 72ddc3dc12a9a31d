// database/sql over lib/pq and over pgx: its pool, statements prepared once for all connections, transactions, contexts.
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/lib/pq"
)

const (
	workers = 12
	turns   = 20
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "unexpected:", err)
		os.Exit(1)
	}
}

func show(values ...any) { fmt.Printf("%v\n", values) }

func errorOf(err error) string {
	var libpq *pq.Error
	var pgx *pgconn.PgError
	switch {
	case errors.As(err, &libpq):
		return fmt.Sprint(libpq.Code, " ", libpq.Message, " ", libpq.Constraint)
	case errors.As(err, &pgx):
		return fmt.Sprint(pgx.Code, " ", pgx.Message, " ", pgx.ConstraintName)
	}
	return fmt.Sprint(err)
}

// lib/pq's own reading of the environment knows no PGSSLROOTCERT that is not used.
func dataSource() string {
	return strings.TrimSpace(fmt.Sprintf("host=%s port=%s user=%s password=%s dbname=%s sslmode=%s sslrootcert=%s application_name=database-sql",
		os.Getenv("PGHOST"), os.Getenv("PGPORT"), os.Getenv("PGUSER"), os.Getenv("PGPASSWORD"), os.Getenv("PGDATABASE"), os.Getenv("PGSSLMODE"), os.Getenv("PGSSLROOTCERT")))
}

func rows(database *sql.DB) {
	_, err := database.Exec("DROP TABLE IF EXISTS gosql; CREATE TABLE gosql (id int PRIMARY KEY, name text, price numeric, at timestamptz, ok bool, data bytea)")
	check(err)
	insert, err := database.Prepare("INSERT INTO gosql VALUES ($1, $2, $3, $4, $5, $6)")
	check(err)
	at := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	_, err = insert.Exec(1, "nämé", "1.50", at, true, []byte{0, 255})
	check(err)
	_, err = insert.Exec(2, nil, nil, nil, nil, nil)
	check(err)
	check(insert.Close())
	result, err := database.Query("SELECT id, name, price, at, ok, data FROM gosql ORDER BY id")
	check(err)
	for result.Next() {
		var id int
		var name, price sql.NullString
		var when sql.NullTime
		var ok sql.NullBool
		var data []byte
		check(result.Scan(&id, &name, &price, &when, &ok, &data))
		show(id, name, price, when.Valid && when.Time.Equal(at), ok, data)
	}
	check(result.Err())
}

func transactions(database *sql.DB) {
	transaction, err := database.BeginTx(context.Background(), &sql.TxOptions{Isolation: sql.LevelSerializable})
	check(err)
	for n := 0; n < 300; n++ {
		_, err = transaction.Exec("INSERT INTO gosql (id, name) VALUES ($1, $2)", n+100, fmt.Sprint("row ", n))
		check(err)
	}
	_, err = transaction.Exec("SAVEPOINT a")
	check(err)
	_, err = transaction.Exec("INSERT INTO gosql (id) VALUES ($1)", 1)
	show(errorOf(err))
	_, err = transaction.Exec("ROLLBACK TO a")
	check(err)
	check(transaction.Commit())
	var count, sum int
	check(database.QueryRow("SELECT count(*), sum(id) FROM gosql").Scan(&count, &sum))
	show(count, sum)
	read, err := database.BeginTx(context.Background(), &sql.TxOptions{ReadOnly: true})
	check(err)
	_, err = read.Exec("DELETE FROM gosql")
	show(errorOf(err))
	check(read.Rollback())
	for _, statement := range []string{"SELECT 1/0", "SELECT nonsense", "SELECT (", "SELECT 'x'::int"} {
		_, err := database.Exec(statement)
		show(errorOf(err))
	}
}

func contexts(database *sql.DB) {
	short, stop := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer stop()
	began := time.Now()
	_, err := database.ExecContext(short, "SELECT pg_sleep(30)")
	show(err != nil, time.Since(began) < 10*time.Second)
	connection, err := database.Conn(context.Background())
	check(err)
	for _, statement := range []string{"SET search_path TO pg_catalog, public", "SET timezone TO 'Asia/Tokyo'", "SET statement_timeout = '20s'"} {
		_, err = connection.ExecContext(context.Background(), statement)
		check(err)
	}
	var path, zone, timeout, application string
	check(connection.QueryRowContext(context.Background(), "SELECT current_setting('search_path'), current_setting('timezone'), current_setting('statement_timeout'), current_setting('application_name')").Scan(&path, &zone, &timeout, &application))
	show(path, zone, timeout, application)
	for _, name := range []string{"search_path", "timezone", "statement_timeout"} {
		_, err = connection.ExecContext(context.Background(), "RESET "+name)
		check(err)
	}
	check(connection.Close())
}

// One prepared statement that the pool prepares on each connection where it is used.
func pool(database *sql.DB) {
	database.SetMaxOpenConns(workers)
	database.SetMaxIdleConns(workers)
	statement, err := database.Prepare("SELECT count(*) FROM gosql WHERE id > $1")
	check(err)
	sums := make([]int, workers)
	var group sync.WaitGroup
	for number := range sums {
		group.Add(1)
		go func(number int) {
			defer group.Done()
			for turn := 0; turn < turns; turn++ {
				transaction, err := database.Begin()
				check(err)
				var count int
				check(transaction.Stmt(statement).QueryRow(number * turn).Scan(&count))
				check(transaction.Commit())
				sums[number] += count
			}
		}(number)
	}
	group.Wait()
	show(sums)
	check(statement.Close())
}

func libpqOnly(database *sql.DB) {
	transaction, err := database.Begin()
	check(err)
	copied, err := transaction.Prepare(pq.CopyIn("gosql", "id", "name"))
	check(err)
	for n := 0; n < 3000; n++ {
		_, err = copied.Exec(n+1000, "copied")
		check(err)
	}
	_, err = copied.Exec()
	check(err)
	check(copied.Close())
	check(transaction.Commit())
	listener := pq.NewListener(dataSource(), time.Second, time.Second, nil)
	check(listener.Listen("gosql"))
	_, err = database.Exec("NOTIFY gosql, 'payload'")
	check(err)
	select {
	case heard := <-listener.Notify:
		show(heard.Channel, heard.Extra)
	case <-time.After(10 * time.Second):
		show("nothing was heard")
	}
	check(listener.Close())
	var names []string
	check(database.QueryRow("SELECT array_agg(name) FROM gosql WHERE id IN (1, 1000)").Scan(pq.Array(&names)))
	show(names)
}

func main() {
	for _, driver := range []string{"postgres", "pgx"} {
		show(driver)
		database, err := sql.Open(driver, dataSource())
		check(err)
		check(database.Ping())
		rows(database)
		transactions(database)
		contexts(database)
		if driver == "postgres" {
			libpqOnly(database)
		}
		pool(database)
		_, err = database.Exec("DROP TABLE gosql")
		check(err)
		check(database.Close())
	}
	fmt.Println("the end")
}
