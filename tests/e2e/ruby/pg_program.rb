# ruby-pg: parameters with type maps, prepared statements, COPY, large results by single rows, pipelines, cancel, notifications.
require 'pg'

WORKERS = 12
TURNS = 20

def show(*values)
  puts values.map(&:inspect).join(' ')
end

def error_of
  yield
  'no error'
rescue PG::Error => e
  [e.class.name, e.result&.error_field(PG::PG_DIAG_SQLSTATE), e.result&.error_field(PG::PG_DIAG_MESSAGE_PRIMARY), e.result&.error_field(PG::PG_DIAG_STATEMENT_POSITION)]
end

connection = PG.connect(application_name: 'ruby-pg')
connection.set_notice_processor { |message| show('notice', message) }
show(connection.exec('SHOW application_name').getvalue(0, 0), connection.parameter_status('integer_datetimes'), connection.ssl_in_use?)
connection.type_map_for_results = PG::BasicTypeMapForResults.new(connection)
connection.type_map_for_queries = PG::BasicTypeMapForQueries.new(connection)
connection.exec('DROP TABLE IF EXISTS rb; CREATE TABLE rb (id int PRIMARY KEY, name text, price numeric, at timestamp, data bytea, list int[])')
connection.exec_params('INSERT INTO rb VALUES ($1, $2, $3, $4, $5, $6)', [1, 'nämé', 1.5, '2024-05-06 07:08:09', PG::BasicTypeMapForQueries::BinaryData.new("\x00\xff".b), [1, 2]])
connection.exec_params('INSERT INTO rb VALUES ($1, $2, $3, $4, $5, $6)', [2, nil, nil, nil, nil, nil])
show(*connection.exec('SELECT * FROM rb ORDER BY id').to_a)
show(connection.exec_params('SELECT $1::int + 1 AS n, $2::text AS t, $3::bool AS b', [41, "it's", true]).to_a)

connection.prepare('by-id', 'SELECT name FROM rb WHERE id = $1')
show(connection.describe_prepared('by-id').fields, connection.describe_prepared('by-id').nparams)
TURNS.times { |n| connection.transaction { |c| show(c.exec_prepared('by-id', [n % 3]).to_a) } }

connection.copy_data('COPY rb (id, name) FROM STDIN') { 1000.times { |n| connection.put_copy_data("#{n + 10}\trow #{n}\n") } }
lines = []
connection.copy_data('COPY (SELECT id, name FROM rb WHERE id BETWEEN 500 AND 502 ORDER BY id) TO STDOUT') do
  while (line = connection.get_copy_data)
    lines << line
  end
end
show(lines)
show(error_of { connection.copy_data('COPY rb (id) FROM STDIN') { raise PG::Error, 'given up' } }.first)
show(error_of { connection.exec("COPY rb (id) FROM STDIN") && connection.put_copy_data("x\n") && connection.put_copy_end && connection.get_last_result })
show(connection.exec('SELECT count(*) AS n FROM rb').to_a)

connection.transaction do |c|
  c.exec('SAVEPOINT a')
  show(error_of { c.exec_params('INSERT INTO rb (id) VALUES ($1)', [1]) })
  c.exec('ROLLBACK TO a')
  c.exec("UPDATE rb SET name = 'kept' WHERE id = 1")
end
show(connection.exec('SELECT name FROM rb WHERE id = 1').to_a)
['SELECT 1/0', 'SELECT nonsense', 'SELECT (', "SELECT 'x'::int"].each { |sql| show(error_of { connection.exec(sql) }) }
show(error_of { connection.exec('SET statement_timeout = 50; SELECT pg_sleep(20)') })
connection.exec('RESET statement_timeout')

connection.send_query('SELECT pg_sleep(30)')
sleep 0.3
show(connection.cancel)
show(error_of { connection.get_last_result })

connection.transaction do |c|
  c.exec('DECLARE many CURSOR FOR SELECT id FROM rb ORDER BY id')
  show(c.exec('FETCH 3 FROM many').values, c.exec('FETCH ALL FROM many').ntuples)
end
connection.enter_pipeline_mode
20.times { |n| connection.send_query_params('SELECT $1::int * 2', [n]) }
connection.pipeline_sync
results = []
while (result = connection.get_result) && result.result_status != PG::PGRES_PIPELINE_SYNC
  results << result.getvalue(0, 0)
  connection.get_result
end
connection.exit_pipeline_mode
show(results)

connection.send_query("SELECT repeat('x', 100) FROM generate_series(1, 20000)")
connection.set_single_row_mode
bytes = 0
connection.get_result.stream_each_row { |row| bytes += row[0].size }
connection.get_result
show(bytes)

connection.exec("DO $$ BEGIN RAISE NOTICE 'noticed'; END $$")
connection.exec('LISTEN rb')
PG.connect { |other| other.exec("NOTIFY rb, 'payload'") }
show(connection.wait_for_notify(10) { |channel, _pid, payload| show(channel, payload) })
connection.exec("SET search_path TO pg_catalog, public; SET timezone TO 'Asia/Tokyo'")
show(connection.exec('SHOW search_path').values, connection.exec("SELECT timestamptz '2024-01-01 00:00+00'::text").values)
show(connection.parameter_status('TimeZone'))

sums = Array.new(WORKERS) do |number|
  Thread.new do
    other = PG.connect
    total = 0
    TURNS.times { |turn| other.transaction { |c| total += c.exec_params('SELECT count(*) FROM rb WHERE id > $1', [number * turn]).getvalue(0, 0).to_i } }
    other.close
    total
  end
end
show(sums.map(&:value))
connection.exec('DROP TABLE rb')
connection.close
puts 'the end'
