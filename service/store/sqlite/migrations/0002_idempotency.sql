CREATE UNIQUE INDEX cameras_by_idempotency ON cameras (owner_id, idempotency_key) WHERE idempotency_key IS NOT NULL;
