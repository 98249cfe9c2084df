-- What the apps' objects have counted, summed up. A series is a metric's name with its labels, as `/metrics` shows it.
CREATE TABLE metrics (series TEXT PRIMARY KEY, value REAL NOT NULL) STRICT, WITHOUT ROWID;
