# DBD::Pg: placeholders, server-side prepare, arrays, COPY, large objects, asynchronous queries with cancel, notifications.
use strict;
use warnings;
use DBI qw(:sql_types);
use DBD::Pg qw(:pg_types :async);

my ($workers, $turns) = (12, 20);

sub show {
    print join(' ', map { !defined $_ ? 'undef' : ref $_ eq 'ARRAY' ? '[' . join(',', map { !defined $_ ? 'undef' : ref $_ eq 'ARRAY' ? "[@{[map { $_ // 'undef' } @$_]}]" : $_ } @$_) . ']' : $_ } @_), "\n";
}

sub connected { DBI->connect('dbi:Pg:', undef, undef, { RaiseError => 1, PrintError => 0, AutoCommit => 1, pg_enable_utf8 => 0, @_ }) }

sub error_of {
    my ($handle, $work) = @_;
    return 'no error' if eval { $work->(); 1 };
    my ($first) = split /\n/, $handle->errstr;
    return [$handle->state, $first];
}

$| = 1;
my $dbh = connected();
show($dbh->{pg_server_version} > 150000, $dbh->selectrow_array('SHOW application_name'), $dbh->ping);
$dbh->do('SET client_min_messages = warning; DROP TABLE IF EXISTS pl; CREATE TABLE pl (id int PRIMARY KEY, name text, price numeric, at date, data bytea, list int[])');
my $insert = $dbh->prepare('INSERT INTO pl VALUES (?, ?, ?, ?, ?, ?)');
$insert->bind_param(5, undef, { pg_type => PG_BYTEA });
$insert->execute(1, "it's \xc3\xbc", '1.50', '2024-05-06', "\x00\xff", [1, 2]);
$insert->execute(2, undef, undef, undef, undef, undef);
my $select = $dbh->prepare('SELECT id, name, price, at, encode(data, \'hex\'), list FROM pl ORDER BY id');
$select->execute;
show($select->{NAME}, $select->{pg_type});
show($_) for @{ $select->fetchall_arrayref };
for my $server_side (0, 1) {
    my $statement = $dbh->prepare('SELECT name FROM pl WHERE id = $1', { pg_server_prepare => $server_side });
    for my $turn (1 .. $turns) {
        $dbh->begin_work;
        $statement->execute($turn % 3);
        show($server_side, $statement->fetchall_arrayref);
        $dbh->commit;
    }
}
my $bulk = $dbh->prepare('INSERT INTO pl (id, name) VALUES (?, ?)');
$dbh->begin_work;
show(scalar $bulk->execute_array({}, [100 .. 399], [map { "row $_" } 100 .. 399]));
$dbh->commit;

$dbh->do('COPY pl (id, name) FROM STDIN');
$dbh->pg_putcopydata("$_\tcopied $_\n") for 1000 .. 1999;
show($dbh->pg_putcopyend);
$dbh->do('COPY (SELECT id, name FROM pl WHERE id BETWEEN 1000 AND 1002 ORDER BY id) TO STDOUT');
my ($line, @lines) = ('');
while ($dbh->pg_getcopydata(\$line) >= 0) { push @lines, $line =~ s/\n//r; }
show(\@lines);
show($dbh->selectrow_array('SELECT count(*), sum(id) FROM pl'));

$dbh->begin_work;
$dbh->do("UPDATE pl SET name = 'kept' WHERE id = 1");
$dbh->pg_savepoint('a');
show(error_of($dbh, sub { $dbh->do('INSERT INTO pl (id) VALUES (1)') }));
$dbh->pg_rollback_to('a');
$dbh->commit;
show($dbh->selectrow_array('SELECT name FROM pl WHERE id = 1'));
for my $sql ('SELECT 1/0', 'SELECT nonsense', "SELECT 'x'::int", 'SET statement_timeout = 50; SELECT pg_sleep(20)') {
    show(error_of($dbh, sub { $dbh->do($sql) }));
}
$dbh->do('RESET statement_timeout');

$dbh->do('SELECT pg_sleep(30)', { pg_async => PG_ASYNC });
select undef, undef, undef, 0.3;
show($dbh->pg_cancel, $dbh->selectrow_array("SELECT 'afterwards'"));

$dbh->begin_work;
$dbh->do('DECLARE many CURSOR FOR SELECT id FROM pl ORDER BY id');
show(scalar @{ $dbh->selectall_arrayref('FETCH 7 FROM many') }, scalar @{ $dbh->selectall_arrayref('FETCH ALL FROM many') });
my $oid = $dbh->pg_lo_creat($dbh->{pg_INV_WRITE} | $dbh->{pg_INV_READ});
my $lo = $dbh->pg_lo_open($oid, $dbh->{pg_INV_WRITE});
show($dbh->pg_lo_write($lo, 'large ' x 1000, 6000));
$dbh->pg_lo_close($lo);
show($dbh->pg_lo_unlink($oid));
$dbh->commit;
show(length $dbh->selectrow_array("SELECT repeat('y', 3000000)"));

$dbh->do('LISTEN pl');
connected()->do("NOTIFY pl, 'payload'");
my $heard;
for (1 .. 100) {
    last if $heard = $dbh->pg_notifies;
    select undef, undef, undef, 0.1;
}
show($heard ? ($heard->[0], $heard->[2]) : 'nothing');
$dbh->do("SET search_path TO pg_catalog, public; SET timezone TO 'Asia/Tokyo'; SET application_name TO 'perl'");
show($dbh->selectrow_array('SHOW search_path'), $dbh->selectrow_array('SHOW application_name'), $dbh->selectrow_array("SELECT timestamptz '2024-01-01 00:00+00'"));

my @connections = map { connected() } 1 .. $workers;
my $total = 0;
for my $turn (1 .. $turns) {
    for my $number (0 .. $#connections) {
        my $other = $connections[$number];
        $other->begin_work;
        $total += ($other->selectrow_array('SELECT count(*) FROM pl WHERE id > ?', undef, $number * $turn))[0];
        $other->commit;
    }
}
show($total);
$_->disconnect for @connections;
$dbh->do('DROP TABLE pl');
$dbh->disconnect;
print "the end\n";
