// Loaded into auth-service to freeze the clock of Better Auth's rate limits, so that a test knows their Retry-After.
const startedAt = Date.now();
Date.now = () => startedAt;
