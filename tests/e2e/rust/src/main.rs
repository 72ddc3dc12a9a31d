//! tokio-postgres: typed statements, pipelining, COPY in both directions, portals, cancel, notifications, many connections.

use std::env;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::{future, stream, SinkExt, StreamExt, TryStreamExt};
use openssl::ssl::{SslConnector, SslMethod};
use postgres_openssl::MakeTlsConnector;
use tokio_postgres::config::SslMode;
use tokio_postgres::{AsyncMessage, Client, Config, Error, NoTls, SimpleQueryMessage};

const WORKERS: i32 = 12;
const TURNS: i32 = 20;

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}

fn connector() -> MakeTlsConnector {
    let mut builder = SslConnector::builder(SslMethod::tls()).expect("TLS");
    builder.set_ca_file(variable("PGSSLROOTCERT")).expect("the authority's certificate");
    MakeTlsConnector::new(builder.build())
}

/// Connects, and prints the payload of each notification that comes.
async fn connect() -> Client {
    let mut config = Config::new();
    config
        .host(&variable("PGHOST"))
        .port(variable("PGPORT").parse().expect("a port"))
        .user(&variable("PGUSER"))
        .password(variable("PGPASSWORD"))
        .dbname(&variable("PGDATABASE"))
        .application_name("tokio-postgres");
    if variable("PGSSLMODE") == "disable" {
        let (client, connection) = config.ssl_mode(SslMode::Disable).connect(NoTls).await.expect("connect");
        drive(connection);
        client
    } else {
        let (client, connection) = config.ssl_mode(SslMode::Require).connect(connector()).await.expect("connect");
        drive(connection);
        client
    }
}

fn drive<S, T>(mut connection: tokio_postgres::Connection<S, T>)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    tokio::spawn(async move {
        let mut messages = stream::poll_fn(move |context| connection.poll_message(context));
        while let Some(Ok(message)) = messages.next().await {
            if let AsyncMessage::Notification(heard) = message {
                println!("heard {} {}", heard.channel(), heard.payload());
            }
        }
    });
}

fn error_of<T>(result: Result<T, Error>) -> String {
    match result {
        Ok(_) => "no error".into(),
        Err(error) => match error.as_db_error() {
            Some(server) => format!("{} {} {:?} {:?}", server.code().code(), server.message(), server.position(), server.constraint()),
            None => format!("not of the server: {error}"),
        },
    }
}

async fn types(client: &Client) -> Result<(), Error> {
    client
        .batch_execute("SET client_min_messages = warning; DROP TABLE IF EXISTS rust; CREATE TABLE rust (id int PRIMARY KEY, name text, at timestamptz, doc jsonb, data bytea, list int[], ratio float8)")
        .await?;
    let insert = client.prepare("INSERT INTO rust VALUES ($1, $2, $3, $4, $5, $6, $7)").await?;
    println!("{:?}", insert.params().iter().map(|kind| kind.name()).collect::<Vec<_>>());
    let at: DateTime<Utc> = DateTime::from_timestamp(1_714_979_289, 0).expect("a time");
    client.execute(&insert, &[&1, &"nämé", &at, &serde_json::json!({"a": [1, null]}), &&[0u8, 255][..], &vec![Some(1), None], &1.5f64]).await?;
    client.execute(&insert, &[&2, &None::<String>, &None::<DateTime<Utc>>, &None::<serde_json::Value>, &None::<Vec<u8>>, &None::<Vec<i32>>, &None::<f64>]).await?;
    for row in client.query("SELECT * FROM rust ORDER BY id", &[]).await? {
        println!(
            "{} {:?} {:?} {:?} {:?} {:?} {:?}",
            row.get::<_, i32>(0), row.get::<_, Option<&str>>(1), row.get::<_, Option<DateTime<Utc>>>(2), row.get::<_, Option<serde_json::Value>>(3),
            row.get::<_, Option<Vec<u8>>>(4), row.get::<_, Option<Vec<Option<i32>>>>(5), row.get::<_, Option<f64>>(6)
        );
    }
    Ok(())
}

async fn pipelines(client: &mut Client) -> Result<(), Error> {
    let statement = client.prepare("SELECT $1::int * 2").await?;
    let rows = future::try_join_all((0..50).map(|n| {
        let (client, statement) = (&*client, &statement);
        async move { client.query_one(statement, &[&n]).await }
    }))
    .await?;
    println!("{:?}", rows.iter().map(|row| row.get::<_, i32>(0)).sum::<i32>());
    for turn in 0..TURNS {
        let transaction = client.transaction().await?;
        print!("{} ", transaction.query_one(&statement, &[&turn]).await?.get::<_, i32>(0));
        transaction.commit().await?;
    }
    println!();
    for message in client.simple_query("SELECT 1 AS a; SELECT 'x' AS b, NULL").await? {
        match message {
            SimpleQueryMessage::Row(row) => println!("row {:?} of {}", row.get(0), row.len()),
            SimpleQueryMessage::CommandComplete(count) => println!("complete {count}"),
            _ => {}
        }
    }
    Ok(())
}

async fn copies(client: &mut Client) -> Result<(), Error> {
    let mut sink = Box::pin(client.copy_in("COPY rust (id, name) FROM STDIN").await?);
    for n in 1000..6000 {
        sink.send(Bytes::from(format!("{n}\trow {n}\n"))).await?;
    }
    println!("{}", sink.as_mut().finish().await?);
    let parts: Vec<Bytes> = client.copy_out("COPY rust (id, name) TO STDOUT (FORMAT BINARY)").await?.try_collect().await?;
    println!("{} bytes", parts.iter().map(Bytes::len).sum::<usize>());
    let mut broken = Box::pin(client.copy_in("COPY rust (id) FROM STDIN").await?);
    broken.send(Bytes::from("not a number\n")).await.ok();
    println!("{}", error_of(broken.as_mut().finish().await));

    let transaction = client.transaction().await?;
    let portal = transaction.bind("SELECT id FROM rust ORDER BY id", &[]).await?;
    let first = transaction.query_portal(&portal, 100).await?.len();
    println!("{first} {}", transaction.query_portal(&portal, 0).await?.len());
    transaction.commit().await
}

async fn transactions(client: &mut Client) -> Result<(), Error> {
    let mut outer = client.transaction().await?;
    outer.execute("UPDATE rust SET name = 'kept' WHERE id = $1", &[&1]).await?;
    let inner = outer.savepoint("a").await?;
    println!("{}", error_of(inner.execute("INSERT INTO rust (id) VALUES ($1)", &[&1]).await));
    inner.rollback().await?;
    outer.commit().await?;
    println!("{:?}", client.query_one("SELECT name FROM rust WHERE id = 1", &[]).await?.get::<_, String>(0));
    for sql in ["SELECT 1/0", "SELECT nonsense", "SELECT (", "SELECT 'x'::int"] {
        println!("{} / {}", error_of(client.simple_query(sql).await), error_of(client.query(sql, &[]).await));
    }
    println!("{}", error_of(client.simple_query("SET statement_timeout = 50; SELECT pg_sleep(20)").await));
    client.batch_execute("RESET statement_timeout").await
}

async fn cancelled(client: &Client) -> Result<(), Error> {
    let token = client.cancel_token();
    let request = async move {
        tokio::time::sleep(Duration::from_millis(300)).await;
        if variable("PGSSLMODE") == "disable" {
            token.cancel_query(NoTls).await
        } else {
            token.cancel_query(connector()).await
        }
    };
    let (result, asked) = future::join(client.query("SELECT pg_sleep(30)", &[]), request).await;
    asked?;
    println!("{}", error_of(result));
    Ok(())
}

async fn worker(number: i32) -> Result<i64, Error> {
    let mut client = connect().await;
    let statement = client.prepare("SELECT count(*) FROM rust WHERE id > $1").await?;
    let mut total = 0;
    for turn in 0..TURNS {
        let transaction = client.transaction().await?;
        total += transaction.query_one(&statement, &[&(number * turn)]).await?.get::<_, i64>(0);
        transaction.commit().await?;
    }
    Ok(total)
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let mut client = connect().await;
    println!("{}", client.query_one("SHOW application_name", &[]).await?.get::<_, String>(0));
    types(&client).await?;
    pipelines(&mut client).await?;
    copies(&mut client).await?;
    transactions(&mut client).await?;
    cancelled(&client).await?;
    client.batch_execute("LISTEN rust").await?;
    connect().await.batch_execute("NOTIFY rust, 'payload'").await?;
    tokio::time::sleep(Duration::from_millis(500)).await;
    client.batch_execute("SET search_path TO pg_catalog, public; SET timezone TO 'Asia/Tokyo'").await?;
    println!("{:?}", client.query_one("SHOW search_path", &[]).await?.get::<_, String>(0));
    println!("{:?}", client.query_one("SELECT timestamptz '2024-01-01 00:00+00'::text", &[]).await?.get::<_, String>(0));
    println!("{:?}", future::try_join_all((0..WORKERS).map(worker)).await?);
    client.batch_execute("DROP TABLE public.rust").await?;
    println!("the end");
    Ok(())
}
