// JDBC; see run
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;

class Jdbc {
    static Connection db;

    static Object value(String query, Object... parameters) throws SQLException {
        PreparedStatement statement = db.prepareStatement(query);
        for (int i = 0; i < parameters.length; i++)
            statement.setObject(i + 1, parameters[i]);
        ResultSet row = statement.executeQuery();
        row.next();
        return row.getObject(1);
    }

    static Object message(String query, Object... parameters) {
        try {
            return value(query, parameters);
        } catch (SQLException error) {
            return error.getMessage().split("\n")[0].replace("ERROR: ", "");
        }
    }

    static String type(Object value) {
        return value.getClass().getSimpleName();
    }

    static void show(Object... line) {
        System.out.println(Stream.of(line).map(String::valueOf).collect(Collectors.joining("\t")));
    }

    public static void main(String[] arguments) throws Exception {
        db = DriverManager.getConnection(
            "jdbc:postgresql://127.0.0.1:" + System.getenv("PGPORT") + "/" + System.getenv("PGDATABASE"),
            System.getenv("PGUSER"), System.getenv("PGPASSWORD"));

        // shown in doc/clients.md
        ResultSet all = db.createStatement().executeQuery("""
            SELECT nps(recommend), nps_ci(ces_tally(recommend, 'nps')),
                   ces_tally(effort_score, '1..7') FROM responses""");
        all.next();
        BigDecimal nps = all.getBigDecimal(1);
        String ci = all.getString(2), tally = all.getString(3);

        PreparedStatement chat = db.prepareStatement("""
            SELECT ces_topbox(effort_score, ?), ces_box(?, ?) FROM responses WHERE channel = ?""");
        chat.setString(1, "1..7 top 6");
        chat.setInt(2, 6);
        chat.setString(3, "1..7");
        chat.setString(4, "chat");
        ResultSet result = chat.executeQuery();

        PreparedStatement insert = db.prepareStatement("INSERT INTO tallies VALUES ('JDBC', ?)");
        insert.setString(1, tally);
        insert.executeUpdate();
        // until here

        result.next();
        show("version", db.getMetaData().getDriverVersion());
        show("types", type(all.getObject(1)), type(all.getObject(2)), type(all.getObject(3)));
        show("nps", nps);
        show("interval", ci);
        show("topbox", result.getBigDecimal(1));
        show("box", result.getString(2));
        show("tally", tally);
        show("face", value("SELECT ces_score(?, ?)", "🙂", "faces3"));

        show("score", value("SELECT nps(?)", 9));
        PreparedStatement missing = db.prepareStatement("SELECT coalesce(nps(?), 0)");
        missing.setNull(1, Types.INTEGER);
        result = missing.executeQuery();
        result.next();
        show("missing", result.getBigDecimal(1));
        show("mean", value("SELECT ces_mean(?::ces_tally)", tally));

        // From the fifth execution on, the driver uses a prepared statement of the server.
        for (int i = 0; i < 6; i++)
            result = chat.executeQuery();
        result.next();
        show("topbox", result.getBigDecimal(1));

        CopyManager copy = db.unwrap(PGConnection.class).getCopyAPI();
        ByteArrayOutputStream rows = new ByteArrayOutputStream();
        copy.copyOut("COPY (SELECT 'JDBC binary', ces_tally(effort_score, '1..7') FROM responses)"
            + " TO STDOUT (FORMAT binary)", rows);
        copy.copyIn("COPY tallies FROM STDIN (FORMAT binary)",
            new ByteArrayInputStream(rows.toByteArray()));
        value("INSERT INTO tallies VALUES ('JDBC object', ?) RETURNING made_by", all.getObject(3));
        show("wrote", "JDBC");
        show("wrote", "JDBC binary");
        show("wrote", "JDBC object");

        show("says", message("SELECT ces_mean(?)", tally));
        show("says", message("INSERT INTO tallies VALUES ('JDBC', ?)", new byte[] {1}));
        show("says", message("SELECT nps(?)", (Object) null));
        show("says", "getPrecision() " + all.getMetaData().getPrecision(1)
            + ", getScale() " + all.getMetaData().getScale(1));
    }
}
