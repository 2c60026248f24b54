// npm run sources preloads this: it shows an error of PostgreSQL with its hint, and ends with a failure.
// Evidence itself shows another error for most of them, and then waits for ever or succeeds.
const { Client } = require('pg');

const { connect } = Client.prototype;
Client.prototype.connect = function (...args) {
	const fail = ({ message, detail, hint, severity }) => {
		console.error(`\nERROR:  ${message}`);
		if (detail) console.error(`DETAIL:  ${detail}`);
		if (hint) console.error(`HINT:  ${hint}`);
		if (severity === 'ERROR') console.error('The queries are in sources/survey. What they read is in .env.');
		process.exit(1);
	};
	this.connection.on('error', fail).on('errorMessage', fail);
	return connect.apply(this, args);
};
