"""How dates look in the admin: with seconds, for operators compare them with logs. All times are UTC."""
