/**
 * Orders and what belongs to them, with the things a table-level backup likes to forget: foreign keys with actions,
 * triggers, views, a routine, a function, an event, a sequence, gaps in AUTO_INCREMENT, partitions, history, no key.
 */
export function shopTables(rows: number): string {
  const customers = Math.max(10, Math.floor(rows / 10));
  return `
    CREATE TABLE customers (id int NOT NULL AUTO_INCREMENT, email varchar(120) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
      name varchar(80) NOT NULL COMMENT 'as on the invoice', created_at timestamp NOT NULL DEFAULT current_timestamp(), PRIMARY KEY (id),
      UNIQUE KEY email (email)) ENGINE=InnoDB AUTO_INCREMENT=1 COMMENT='who buys';
    INSERT INTO customers (email, name, created_at) SELECT concat('c', seq, '@example.com'), concat('Customer ', seq, if(seq % 9 = 0, ' ø中🙂', '')),
      timestamp('2026-01-01') + interval seq minute FROM seq_1_to_${customers};

    CREATE TABLE orders (id bigint NOT NULL AUTO_INCREMENT, customer_id int NOT NULL, state enum('new','paid','sent','back') NOT NULL DEFAULT 'new',
      total decimal(12,2) NOT NULL DEFAULT 0, note varchar(200) DEFAULT NULL, ordered_at timestamp(3) NOT NULL DEFAULT current_timestamp(3),
      touched_at timestamp NULL DEFAULT NULL ON UPDATE current_timestamp(), PRIMARY KEY (id), KEY by_customer (customer_id, ordered_at), KEY by_state (state),
      CONSTRAINT order_total CHECK (total >= 0),
      CONSTRAINT order_customer FOREIGN KEY (customer_id) REFERENCES customers (id) ON UPDATE CASCADE) ENGINE=InnoDB;
    INSERT INTO orders (customer_id, state, total, note, ordered_at) SELECT 1 + seq % ${customers}, 1 + seq % 4, seq % 900 / 4, if(seq % 5, NULL, concat('note ', seq)),
      timestamp('2026-03-01') + interval seq second FROM seq_1_to_${rows};
    DELETE FROM orders WHERE id % 10 = 7;
    ALTER TABLE orders AUTO_INCREMENT = ${rows + 1_000};

    CREATE TABLE order_items (order_id bigint NOT NULL, line smallint NOT NULL, product varchar(40) NOT NULL, quantity int NOT NULL,
      price decimal(10,2) NOT NULL, cost decimal(12,2) GENERATED ALWAYS AS (quantity * price) STORED, PRIMARY KEY (order_id, line), KEY by_product (product),
      CONSTRAINT item_order FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE) ENGINE=InnoDB;
    INSERT INTO order_items (order_id, line, product, quantity, price) SELECT id, 1, concat('p', id % 50), 1 + id % 3, 1.25 FROM orders;

    CREATE TABLE order_log (at timestamp(6) NOT NULL, order_id bigint, what varchar(40)) ENGINE=InnoDB COMMENT='no key at all';
    CREATE TABLE no_key (a int, b varchar(20)) ENGINE=InnoDB;
    INSERT INTO no_key SELECT seq % 7, if(seq % 3, 'same', NULL) FROM seq_1_to_100;

    CREATE TABLE price_history (product varchar(40) NOT NULL PRIMARY KEY, price decimal(10,2) NOT NULL) ENGINE=InnoDB WITH SYSTEM VERSIONING;
    INSERT INTO price_history SELECT concat('p', seq), seq FROM seq_1_to_50; UPDATE price_history SET price = price + 1 WHERE price < 20;
    DELETE FROM price_history WHERE product = 'p50';

    CREATE TABLE event_log (id bigint NOT NULL AUTO_INCREMENT, day date NOT NULL, text varchar(80), PRIMARY KEY (id, day)) ENGINE=InnoDB
      PARTITION BY RANGE COLUMNS (day) (PARTITION p2025 VALUES LESS THAN ('2026-01-01'), PARTITION p2026 VALUES LESS THAN ('2027-01-01'), PARTITION rest VALUES LESS THAN (MAXVALUE));
    INSERT INTO event_log (day, text) SELECT date('2025-06-01') + interval seq % 700 day, concat('event ', seq) FROM seq_1_to_500;

    CREATE SEQUENCE ticket START WITH 100 INCREMENT BY 5 CACHE 10;
    DO nextval(ticket); DO nextval(ticket);

    CREATE TABLE \`odd\`\`name.x "$$"\` (\`key\` int NOT NULL PRIMARY KEY, \`odd\`\`col\` text) ENGINE=InnoDB;
    INSERT INTO \`odd\`\`name.x "$$"\` VALUES (1, 'one');
    CREATE TABLE \`MixedCase\` (\`Id\` int NOT NULL PRIMARY KEY, \`ß中\` varchar(10)) ENGINE=InnoDB; INSERT INTO \`MixedCase\` VALUES (1, 'é');
    CREATE TABLE shop_legacy.rates (code char(3) NOT NULL PRIMARY KEY, rate double) ENGINE=Aria; INSERT INTO shop_legacy.rates VALUES ('EUR', 1), ('USD', 1.1);

    CREATE VIEW paid_orders AS SELECT o.id, c.email, o.total FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.state = 'paid';
    CREATE TRIGGER orders_logged AFTER UPDATE ON orders FOR EACH ROW INSERT INTO order_log VALUES (current_timestamp(6), NEW.id, concat(OLD.state, ' to ', NEW.state));
    CREATE FUNCTION order_count(customer int) RETURNS int READS SQL DATA RETURN (SELECT count(*) FROM orders WHERE customer_id = customer);
    DELIMITER //
    CREATE DEFINER=app@localhost PROCEDURE close_order(IN which bigint) BEGIN UPDATE orders SET state = 'sent' WHERE id = which; END//
    DELIMITER ;
    CREATE EVENT forget_old_logs ON SCHEDULE EVERY 1 DAY DISABLE DO DELETE FROM order_log WHERE at < now() - interval 90 day;
  `;
}
