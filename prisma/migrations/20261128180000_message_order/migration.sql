-- The order of a ticket's messages: the one in which they were committed, whatever the clocks of the hosts say.
CREATE SEQUENCE "message_position_seq";
ALTER TABLE "message" ADD COLUMN "position" BIGINT;
UPDATE "message" SET "position" = ordered.position
FROM (SELECT "company_id", "id", row_number() OVER (ORDER BY "id") AS position FROM "message") ordered
WHERE "message"."company_id" = ordered."company_id" AND "message"."id" = ordered."id";
SELECT setval('"message_position_seq"', (SELECT coalesce(max("position"), 0) + 1 FROM "message"), false);
ALTER TABLE "message" ALTER COLUMN "position" SET DEFAULT nextval('"message_position_seq"'),
  ALTER COLUMN "position" SET NOT NULL;
ALTER SEQUENCE "message_position_seq" OWNED BY "message"."position";
DROP INDEX "message_company_id_ticket_id_id_idx";
CREATE INDEX "message_company_id_ticket_id_position_idx" ON "message"("company_id", "ticket_id", "position");
