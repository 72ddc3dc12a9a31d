# ActiveRecord: migrations, models, its cache of prepared statements, nested transactions, batches, a pool of threads.
require 'active_record'

WORKERS = 12
TURNS = 20

def show(*values)
  puts values.map(&:inspect).join(' ')
end

ActiveRecord::Base.establish_connection(
  adapter: 'postgresql', host: ENV.fetch('PGHOST'), port: ENV.fetch('PGPORT'), username: ENV.fetch('PGUSER'), password: ENV.fetch('PGPASSWORD'),
  database: ENV.fetch('PGDATABASE'), sslmode: ENV.fetch('PGSSLMODE'), sslrootcert: ENV.fetch('PGSSLROOTCERT'), pool: WORKERS + 1,
  variables: { statement_timeout: '20s' }
)
ActiveRecord::Migration.verbose = false

class CreateTables < ActiveRecord::Migration[6.1]
  def change
    create_table :ar_people, force: :cascade do |t|
      t.text :name, null: false, index: { unique: true }
      t.jsonb :profile
      t.string :tags, array: true
      t.binary :photo
      t.timestamps
    end
    create_table :ar_orders, force: :cascade do |t|
      t.references :person, foreign_key: { to_table: :ar_people }
      t.decimal :total, precision: 12, scale: 2
      t.date :day
    end
  end
end

class Person < ActiveRecord::Base
  self.table_name = 'ar_people'
  has_many :orders
  validates :name, presence: true
end

class Order < ActiveRecord::Base
  self.table_name = 'ar_orders'
  belongs_to :person, optional: true
end

CreateTables.migrate(:up)
database = ActiveRecord::Base.connection
show(database.tables.grep(/^ar_/).sort, database.columns(:ar_people).map { |column| [column.name, column.sql_type, column.null] })
show(database.select_value('SHOW statement_timeout'), database.select_value('SHOW timezone'), database.select_value('SHOW standard_conforming_strings'))

ada = Person.create!(name: 'Ada', profile: { a: [1, nil] }, tags: ['x', nil, 'ü'], photo: "\x00\xff".b)
ada.orders.create!(total: '12.50', day: Date.new(2024, 5, 6))
Person.insert_all((0...300).map { |n| { name: "n#{n}", created_at: Time.at(n).utc, updated_at: Time.at(n).utc } })
Order.insert_all((0...1000).map { |n| { person_id: ada.id, total: n, day: nil } })
found = Person.includes(:orders).find_by!(name: 'Ada')
show(found.profile, found.tags, found.photo, found.orders.size, found.orders.min_by(&:id).total)
show(Order.where(day: nil).sum(:total), Order.group(:person_id).count.values, Person.where("profile->'a' @> '1'").count)
show(Person.upsert({ id: ada.id, name: 'Ada L.', created_at: Time.at(0).utc, updated_at: Time.at(0).utc }).rows == [[ada.id]], Person.find(ada.id).name)
TURNS.times { |n| Person.transaction { show(Person.find_by(name: "n#{n}")&.name) } }
show(Order.in_batches(of: 300).map { |batch| batch.to_a.size })

Person.transaction do
  Person.create!(name: 'kept')
  Person.transaction(requires_new: true) do
    Person.create!(name: 'gone')
    raise ActiveRecord::Rollback
  end
  begin
    Person.transaction(requires_new: true) { Person.create!(name: 'kept') }
  rescue ActiveRecord::RecordNotUnique => e
    show('savepoint rolled back', e.cause.result.error_field(PG::PG_DIAG_SQLSTATE))
  end
  Person.lock.find_by!(name: 'kept')
end
show(Person.where(name: %w[kept gone]).pluck(:name))
{ 'SELECT 1/0' => ActiveRecord::RangeError, 'SELECT nonsense' => ActiveRecord::StatementInvalid, 'SELECT (' => ActiveRecord::StatementInvalid }.each_key do |sql|
  database.execute(sql)
rescue ActiveRecord::StatementInvalid => e
  show(e.class.name, e.cause.class.name)
end
begin
  Person.transaction do
    database.execute('SET LOCAL statement_timeout = 50')
    database.execute('SELECT pg_sleep(20)')
  end
rescue ActiveRecord::QueryCanceled => e
  show(e.class.name)
end
show(database.select_value('SHOW statement_timeout'))
# An advisory lock, as migrations take it.
show(database.get_advisory_lock(4711), database.release_advisory_lock(4711))
# The table changes below a prepared statement.
show(Person.where(name: 'Ada L.').first.attributes.keys)
database.add_column :ar_people, :age, :integer, default: 7
Person.reset_column_information
show(Person.where(name: 'Ada L.').first.attributes.keys.last, Person.where(name: 'Ada L.').first.age)

sums = Array.new(WORKERS) do |number|
  Thread.new do
    ActiveRecord::Base.connection_pool.with_connection do
      (0...TURNS).sum { |turn| Order.transaction { Order.where('total > ?', number * turn).count } }
    end
  end
end
show(sums.map(&:value))
database.drop_table :ar_orders
database.drop_table :ar_people
puts 'the end'
