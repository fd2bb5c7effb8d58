CREATE TABLE t(a INTEGER PRIMARY KEY AUTOINCREMENT, b TEXT COLLATE NOCASE, c BLOB, d REAL DEFAULT 1.5)
CREATE TABLE w(k BLOB, s BLOB, n INTEGER, PRIMARY KEY(k, s)) WITHOUT ROWID
CREATE TABLE strict(a INT, b TEXT, g GENERATED ALWAYS AS (a || b) STORED, CHECK(a > 0)) STRICT
CREATE TABLE child(a INTEGER REFERENCES t(a) ON DELETE CASCADE)
CREATE UNIQUE INDEX part ON t(b) WHERE b IS NOT NULL
CREATE INDEX expr ON t(lower(b), d DESC)
CREATE TRIGGER tr AFTER INSERT ON t BEGIN INSERT INTO w VALUES(new.b, new.a, 1) ON CONFLICT DO UPDATE SET n = n + 1; END
CREATE VIEW v AS SELECT a, upper(b) AS u FROM t
INSERT INTO t(b, c) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) SELECT 'k' || i, zeroblob(i) FROM n
INSERT INTO strict(a, b) VALUES(1, 'x'), (2, 'y') RETURNING g
INSERT INTO strict(a, b) VALUES(-1, 'x')
INSERT INTO strict(a, b) VALUES('text', 'x')
INSERT OR IGNORE INTO t(b) VALUES('K1')
INSERT INTO t(b) VALUES('K1')
UPDATE t SET d = d * 2 WHERE a % 3 = 0
UPDATE t SET d = w.n FROM w WHERE w.s = t.a AND t.a < 5
REPLACE INTO w VALUES(x'00', x'01', 5)
DELETE FROM t WHERE a > 290
SELECT count(*), count(c), sum(a), total(a), avg(a), min(b), max(d), group_concat(a, ';') FROM t WHERE a < 20
SELECT a, row_number() OVER w, rank() OVER w, lag(a) OVER w, sum(a) OVER (ORDER BY a ROWS 2 PRECEDING) FROM t WHERE a < 9 WINDOW w AS (PARTITION BY a % 2 ORDER BY d)
SELECT a FROM t WHERE b LIKE 'K1_' AND b GLOB 'k1*' AND a IN (SELECT s FROM w) ORDER BY d DESC, a LIMIT 5 OFFSET 1
SELECT a FROM t EXCEPT SELECT a FROM child INTERSECT SELECT s FROM w UNION SELECT 7 ORDER BY 1 LIMIT 4
SELECT x.a, y.a FROM t x LEFT JOIN t y ON y.a = x.a + 289 WHERE x.a < 4
SELECT coalesce(NULL, 1), ifnull(NULL, 2), nullif(1, 1), iif(1, 'a', 'b'), typeof(c), hex(c), quote(c), length(c) FROM t WHERE a = 3
SELECT substr('abcdef', 2, 3), instr('abc', 'c'), replace('aba', 'a', 'x'), trim('  x '), unicode('a'), char(97), abs(-3), round(2.567, 2)
SELECT printf('%05d|%s|%.3f|%q', 42, 'x', 3.14159, 'it''s'), 7 / 2, 7 % 3, 1 << 4, 5 & 6, -7.5e3, 0x1f, cast('12.5' AS INTEGER), 9e999
SELECT CASE a WHEN 1 THEN 'one' ELSE 'more' END, a BETWEEN 1 AND 2, a IS NOT NULL FROM t WHERE a < 4
SELECT * FROM v WHERE a = 2
WITH m AS MATERIALIZED (SELECT a FROM t WHERE a < 3) SELECT * FROM m, m AS n
SELECT length(random()) > 0, length(randomblob(8)), last_insert_rowid(), changes(), total_changes() > 0, sqlite_version()
ALTER TABLE t ADD COLUMN e INTEGER NOT NULL DEFAULT 7 CHECK(e > 0)
ALTER TABLE t RENAME COLUMN e TO f
ALTER TABLE t DROP COLUMN f
ALTER TABLE child RENAME TO kid
SELECT sql FROM sqlite_schema ORDER BY name
SELECT * FROM sqlite_sequence
ANALYZE
SELECT tbl, idx FROM sqlite_stat1 ORDER BY tbl, idx
REINDEX
BEGIN
SAVEPOINT one
DELETE FROM t
ROLLBACK TO one
RELEASE one
COMMIT
SELECT count(*) FROM t
ATTACH ':memory:' AS other
CREATE TABLE other.o AS SELECT a, b FROM t
SELECT count(*) FROM other.o
DETACH other
PRAGMA foreign_keys=ON
INSERT INTO kid VALUES(999)
PRAGMA foreign_key_check
PRAGMA table_xinfo(strict)
PRAGMA index_list(t)
SELECT name FROM pragma_table_info('w')
EXPLAIN QUERY PLAN SELECT a FROM t WHERE b = 'k5'
CREATE TEMP TABLE tmp(a)
INSERT INTO tmp SELECT a FROM t ORDER BY d, b
PRAGMA page_size
SELECT pgno, hex(substr(data, 1, 16)), length(data) FROM sqlite_dbpage('main') WHERE pgno IN (1, 3)
PRAGMA journal_mode
PRAGMA auto_vacuum=FULL
VACUUM
PRAGMA auto_vacuum
PRAGMA quick_check
PRAGMA integrity_check
PRAGMA wal_checkpoint(TRUNCATE)
SELECT nothing FROM t
SELEC 1
DROP TABLE t
