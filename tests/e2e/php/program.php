<?php
// PDO: real and emulated prepared statements, large objects, COPY, savepoints, errors, notifications, persistent connections.

function show(...$values)
{
    echo implode(' ', array_map(fn ($v) => json_encode($v, JSON_UNESCAPED_UNICODE), $values)), "\n";
}

function connect(array $options = [])
{
    $dsn = sprintf('pgsql:host=%s;port=%s;dbname=%s;sslmode=%s;sslrootcert=%s', getenv('PGHOST'), getenv('PGPORT'), getenv('PGDATABASE'), getenv('PGSSLMODE'), getenv('PGSSLROOTCERT'));
    return new PDO($dsn, getenv('PGUSER'), getenv('PGPASSWORD'), $options + [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION, PDO::ATTR_DEFAULT_FETCH_MODE => PDO::FETCH_ASSOC]);
}

function error_of(callable $work)
{
    try {
        $work();
        return 'no error';
    } catch (PDOException $error) {
        return [$error->getCode(), explode("\n", $error->getMessage())[0]];
    }
}

$pdo = connect();
show($pdo->query('SHOW application_name')->fetchColumn(), (int) $pdo->getAttribute(PDO::ATTR_SERVER_VERSION));
$pdo->exec('DROP TABLE IF EXISTS php; CREATE TABLE php (id int PRIMARY KEY, name text, price numeric, at timestamptz, ok bool, data bytea)');
$insert = $pdo->prepare('INSERT INTO php VALUES (?, ?, ?, ?, ?, ?)');
$data = "\x00\xff\x01";
foreach ([[1, 'nämé', '1.50', '2024-05-06 07:08:09+00', true], [2, null, null, null, null]] as $row) {
    foreach ($row as $place => $value) {
        $insert->bindValue($place + 1, $value, is_bool($value) ? PDO::PARAM_BOOL : (is_int($value) ? PDO::PARAM_INT : (is_null($value) ? PDO::PARAM_NULL : PDO::PARAM_STR)));
    }
    $insert->bindValue(6, $data, PDO::PARAM_LOB);
    $insert->execute();
    show($insert->rowCount());
}
foreach ($pdo->query('SELECT * FROM php ORDER BY id') as $row) {
    $row['data'] = bin2hex(stream_get_contents($row['data']));
    show($row);
}
foreach ([false, true] as $emulated) {
    $statement = connect([PDO::ATTR_EMULATE_PREPARES => $emulated])->prepare('SELECT id, name FROM php WHERE id = :id OR name = :name');
    foreach ([1, 2, 3] as $id) {
        $statement->execute(['id' => $id, 'name' => "it's"]);
        show($statement->fetchAll());
    }
    show($statement->getColumnMeta(0)['native_type'], $statement->columnCount());
}
$unprepared = connect([PDO::PGSQL_ATTR_DISABLE_PREPARES => true])->prepare('SELECT ?::int + 1');
$unprepared->execute([41]);
show($unprepared->fetchColumn());
$statement = $pdo->prepare('SELECT name FROM php WHERE id = ?');
for ($turn = 0; $turn < 30; $turn++) {
    $pdo->beginTransaction();
    $statement->execute([$turn % 3]);
    show($statement->fetchAll(PDO::FETCH_COLUMN));
    $pdo->commit();
}

show($pdo->pgsqlCopyFromArray('php', array_map(fn ($n) => "$n\trow $n", range(100, 1099)), "\t", "\\\\N", 'id, name'));
show($pdo->query('SELECT count(*), sum(id) FROM php')->fetch(PDO::FETCH_NUM));
show(array_slice($pdo->pgsqlCopyToArray('(SELECT id, name FROM php ORDER BY id)'), 2, 2));

$pdo->beginTransaction();
$pdo->exec("UPDATE php SET name = 'kept' WHERE id = 1");
$pdo->exec('SAVEPOINT a');
show(error_of(fn () => $pdo->exec('INSERT INTO php (id) VALUES (1)')));
$pdo->exec('ROLLBACK TO a');
$pdo->commit();
show($pdo->query('SELECT name FROM php WHERE id = 1')->fetchColumn());
foreach (['SELECT 1/0', 'SELECT nonsense', "SELECT 'x'::int", 'SET statement_timeout = 50; SELECT pg_sleep(20)'] as $sql) {
    show(error_of(fn () => $pdo->query($sql)));
}
$pdo->exec('RESET statement_timeout');
$pdo->beginTransaction();
show(error_of(fn () => $pdo->query('SELECT 1/0')), error_of(fn () => $pdo->query('SELECT 1')));
$pdo->rollBack();

$pdo->beginTransaction();
$cursor = $pdo->prepare('SELECT id FROM php ORDER BY id', [PDO::ATTR_CURSOR => PDO::CURSOR_SCROLL]);
$cursor->execute();
show($cursor->fetch(PDO::FETCH_NUM), $cursor->fetch(PDO::FETCH_NUM, PDO::FETCH_ORI_LAST), $cursor->fetch(PDO::FETCH_NUM, PDO::FETCH_ORI_PRIOR));
$cursor = null;
$oid = $pdo->pgsqlLOBCreate();
$stream = $pdo->pgsqlLOBOpen($oid, 'w');
fwrite($stream, str_repeat('large ', 10000));
$stream = null;
$stream = $pdo->pgsqlLOBOpen($oid, 'r');
show(strlen(stream_get_contents($stream)));
$stream = null;
show($pdo->pgsqlLOBUnlink($oid));
$pdo->commit();
show(strlen($pdo->query("SELECT repeat('y', 3000000)")->fetchColumn()));

$pdo->exec('LISTEN php');
connect()->exec("NOTIFY php, 'payload'");
$notice = $pdo->pgsqlGetNotify(PDO::FETCH_ASSOC, 10000);
show($notice['message'] ?? null, $notice['payload'] ?? null);
$pdo->exec("SET search_path TO pg_catalog, public; SET timezone TO 'Asia/Tokyo'; SET application_name TO 'php'");
show($pdo->query('SHOW search_path')->fetchColumn(), $pdo->query('SHOW application_name')->fetchColumn(), $pdo->query("SELECT timestamptz '2024-01-01 00:00+00'")->fetchColumn());

// One program of PHP is one thread: what it can have is many connections at once, used in turns.
$connections = array_map(fn () => connect(), range(1, 12));
$total = 0;
for ($turn = 0; $turn < 20; $turn++) {
    foreach ($connections as $number => $connection) {
        $connection->beginTransaction();
        $count = $connection->prepare('SELECT count(*) FROM php WHERE id > ?');
        $count->execute([$number * $turn]);
        $total += $count->fetchColumn();
        $connection->commit();
    }
}
show($total);
$pdo->exec('DROP TABLE php');
echo "the end\n";
