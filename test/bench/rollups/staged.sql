INSERT INTO responses SELECT * FROM staged;
