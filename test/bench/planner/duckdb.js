// node duckdb.js load DATABASE ANSWERS: makes a database of them, a CSV file.
// node duckdb.js run DATABASE QUERIES: runs each query of a JSON file, after once to warm up, five
// times with two threads; prints its id, the number of rows and the milliseconds.
const fs = require("fs");
const { DuckDBInstance } = require("@duckdb/node-api");

async function load(connection, answers) {
	await connection.run(`CREATE TABLE responses (answered_at TIMESTAMP NOT NULL, channel VARCHAR NOT NULL,
		agent VARCHAR NOT NULL, effort_score INTEGER, recommend INTEGER, satisfaction INTEGER)`);
	await connection.run(`COPY responses FROM '${answers}' (FORMAT csv)`);
	await connection.run("CHECKPOINT");
}

async function run(connection, queries) {
	for (const { id, duckdb } of JSON.parse(fs.readFileSync(queries))) {
		for (let i = 0; i <= 5; i++) {
			const start = process.hrtime.bigint();
			const rows = (await connection.runAndReadAll(duckdb)).currentRowCount;
			const milliseconds = Number(process.hrtime.bigint() - start) / 1e6;
			if (i > 0)
				console.log(["DuckDB", id, rows, milliseconds].join("\t"));
		}
	}
}

async function main([, , what, database, file]) {
	const instance = await DuckDBInstance.create(database, { threads: "2" });
	const connection = await instance.connect();
	await (what === "load" ? load : run)(connection, file);
}

main(process.argv).catch((error) => {
	console.error(error.message);
	process.exit(1);
});
