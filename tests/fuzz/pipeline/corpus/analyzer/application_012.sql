MERGE INTO stock s USING shop.deliveries d ON s.sku = d.sku
  WHEN MATCHED AND s.count + d.count = 0 THEN DELETE
  WHEN MATCHED THEN UPDATE SET count = s.count + d.count
  WHEN NOT MATCHED AND d.count > 0 THEN INSERT (sku, count) OVERRIDING USER VALUE VALUES (d.sku, d.count)
  WHEN NOT MATCHED THEN DO NOTHING;