import java.io.StringReader;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.sql.*;
import java.util.*;
import java.util.concurrent.*;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;
import org.postgresql.largeobject.LargeObject;
import org.postgresql.largeobject.LargeObjectManager;

/** pgjdbc: prints what it sees of prepared statements, batches, cursors, metadata, COPY, large objects, errors. */
public final class Program {
  private static Connection connect(String... options) throws SQLException {
    Map<String, String> env = System.getenv();
    Properties properties = new Properties();
    properties.setProperty("user", env.get("PGUSER"));
    properties.setProperty("password", env.get("PGPASSWORD"));
    properties.setProperty("sslmode", env.get("PGSSLMODE"));
    properties.setProperty("sslrootcert", env.get("PGSSLROOTCERT"));
    for (int i = 0; i < options.length; i += 2) {
      properties.setProperty(options[i], options[i + 1]);
    }
    return DriverManager.getConnection("jdbc:postgresql://" + env.get("PGHOST") + ":" + env.get("PGPORT") + "/" + env.get("PGDATABASE"), properties);
  }

  private static void show(Object... values) {
    System.out.println(Arrays.deepToString(values));
  }

  private static void show(ResultSet rows) throws SQLException {
    int columns = rows.getMetaData().getColumnCount();
    while (rows.next()) {
      Object[] row = new Object[columns];
      for (int i = 0; i < columns; i++) {
        boolean binary = rows.getMetaData().getColumnType(i + 1) == Types.BINARY;
        row[i] = binary ? Arrays.toString(rows.getBytes(i + 1)) : rows.getString(i + 1);
      }
      show(row);
    }
  }

  private static void statements(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("DROP TABLE IF EXISTS jd");
      statement.execute("CREATE TABLE jd (id int PRIMARY KEY, name text, price numeric, at timestamp, data bytea, list int[])");
      statement.execute("SELECT 1; SELECT 2");
      do {
        show(statement.getResultSet());
      } while (statement.getMoreResults());
    }
    try (PreparedStatement insert = connection.prepareStatement("INSERT INTO jd VALUES (?, ?, ?, ?, decode(?, 'hex'), ?)")) {
      for (int n = 0; n < 300; n++) {
        insert.setInt(1, n);
        insert.setString(2, "näme " + n);
        insert.setBigDecimal(3, new BigDecimal("1.25").multiply(BigDecimal.valueOf(n)));
        insert.setTimestamp(4, Timestamp.valueOf("2024-02-29 12:00:00"));
        insert.setString(5, String.format("%04x", n));
        insert.setArray(6, connection.createArrayOf("int4", new Integer[] {n, null}));
        insert.addBatch();
      }
      show(insert.executeBatch().length);
    }
    try (PreparedStatement select = connection.prepareStatement("SELECT id, name, price, at, data, list FROM jd WHERE id = ?")) {
      for (int n = 0; n < 8; n++) {
        select.setInt(1, n);
        try (ResultSet rows = select.executeQuery()) {
          show(rows);
        }
      }
      ResultSetMetaData meta = select.getMetaData();
      show(meta.getColumnTypeName(3), meta.getColumnName(2), meta.isNullable(1), select.getParameterMetaData().getParameterTypeName(1));
    }
    try (PreparedStatement insert = connection.prepareStatement("INSERT INTO jd (id, name) VALUES (1000, 'key')", new String[] {"id"})) {
      insert.execute();
      show(insert.getGeneratedKeys());
    }
  }

  private static void cursor(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.setFetchSize(7);
      int sum = 0;
      try (ResultSet rows = statement.executeQuery("SELECT id FROM jd ORDER BY id")) {
        while (rows.next()) {
          sum += rows.getInt(1);
        }
      }
      show(sum);
      Savepoint savepoint = connection.setSavepoint("here");
      statement.executeUpdate("UPDATE jd SET name = 'changed'");
      connection.rollback(savepoint);
      show(statement.executeUpdate("DELETE FROM jd WHERE id = 1000"));
    }
    connection.commit();
    connection.setAutoCommit(true);
  }

  private static void errors(Connection connection) {
    for (String sql : new String[] {"SELECT 1/0", "SELECT nonsense", "INSERT INTO jd (id) VALUES (1)", "SELECT ("}) {
      try (Statement statement = connection.createStatement()) {
        statement.execute(sql);
      } catch (SQLException error) {
        show(error.getSQLState(), error.getMessage());
      }
    }
    try (Statement statement = connection.createStatement()) {
      statement.setQueryTimeout(1);
      statement.execute("SELECT pg_sleep(20)");
    } catch (SQLException error) {
      show(error.getSQLState());
    }
  }

  private static void extras(Connection connection) throws Exception {
    PGConnection pg = connection.unwrap(PGConnection.class);
    CopyManager copy = pg.getCopyAPI();
    StringBuilder lines = new StringBuilder();
    for (int n = 2000; n < 4000; n++) {
      lines.append(n).append("\tcopied\n");
    }
    show(copy.copyIn("COPY jd (id, name) FROM STDIN", new StringReader(lines.toString())));
    StringWriter out = new StringWriter();
    show(copy.copyOut("COPY (SELECT id, name FROM jd WHERE id IN (3, 2001) ORDER BY id) TO STDOUT", out), out.toString());
    try {
      copy.copyIn("COPY jd (id) FROM STDIN", new StringReader("bad\n"));
    } catch (SQLException error) {
      show(error.getSQLState());
    }
    connection.setAutoCommit(false);
    LargeObjectManager manager = pg.getLargeObjectAPI();
    long oid = manager.createLO(LargeObjectManager.READWRITE);
    try (LargeObject object = manager.open(oid, LargeObjectManager.READWRITE)) {
      object.write(new byte[100000]);
      object.seek(50000);
      object.write("marker".getBytes());
      object.seek(50000);
      show(new String(object.read(6)), object.size());
    }
    manager.unlink(oid);
    connection.commit();
    connection.setAutoCommit(true);
    try (Statement statement = connection.createStatement()) {
      statement.execute("LISTEN jd");
      statement.execute("NOTIFY jd, 'payload'");
      show(pg.getNotifications(5000)[0].getParameter(), pg.getNotifications() == null || pg.getNotifications().length == 0, pg.getParameterStatus("client_encoding"));
      statement.execute("DO $$ BEGIN RAISE WARNING 'careful'; END $$");
      show(statement.getWarnings().getMessage());
    }
  }

  private static void metadata(Connection connection) throws SQLException {
    DatabaseMetaData meta = connection.getMetaData();
    show(meta.getDatabaseMajorVersion(), meta.getUserName());
    show(meta.getTables(null, "public", "jd", null));
    try (ResultSet columns = meta.getColumns(null, "public", "jd", null)) {
      while (columns.next()) {
        show(columns.getString("COLUMN_NAME"), columns.getString("TYPE_NAME"), columns.getInt("NULLABLE"));
      }
    }
    show(meta.getPrimaryKeys(null, "public", "jd"));
  }

  /** Twelve connections at once, each with a statement prepared on the server that many transactions use. */
  private static void workers() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(12);
    List<Future<Long>> totals = new ArrayList<>();
    for (int worker = 0; worker < 12; worker++) {
      int number = worker;
      totals.add(threads.submit(() -> {
        long total = 0;
        try (Connection connection = connect("prepareThreshold", "1"); PreparedStatement count = connection.prepareStatement("SELECT count(*) FROM jd WHERE id > ?")) {
          connection.setAutoCommit(false);
          for (int turn = 0; turn < 20; turn++) {
            count.setInt(1, number * turn);
            try (ResultSet rows = count.executeQuery()) {
              rows.next();
              total += rows.getLong(1);
            }
            connection.commit();
          }
        }
        return total;
      }));
    }
    for (Future<Long> total : totals) {
      show(total.get());
    }
    threads.shutdown();
  }

  public static void main(String[] arguments) throws Exception {
    String[][] variants = {{}, {"prepareThreshold", "1"}, {"preferQueryMode", "simple"}, {"reWriteBatchedInserts", "true", "prepareThreshold", "-1"}, {"currentSchema", "public", "autosave", "always", "ApplicationName", "jd"}};
    for (String[] variant : variants) {
      show((Object[]) variant);
      try (Connection connection = connect(variant)) {
        statements(connection);
        cursor(connection);
        errors(connection);
        extras(connection);
        metadata(connection);
        workers();
        try (Statement statement = connection.createStatement()) {
          statement.execute("DROP TABLE jd");
        }
      }
    }
    System.out.println("the end");
  }
}
