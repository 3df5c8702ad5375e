"""Did a fix hold in production? Statistics under hourly looks. Pure: no clock, no store, no network."""
