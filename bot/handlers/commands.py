"""The commands in Telegram's menu, in both languages. Their handlers stand with what they show."""

MENU: tuple[tuple[str, str, str], ...] = (
    ("menu", "Главное меню", "Main menu"),
    ("models", "Модели", "Models"),
    ("search", "Поиск модели", "Find a model"),
    ("balance", "Баланс", "Balance"),
    ("topup", "Пополнить баланс", "Top up the balance"),
    ("history", "Мои генерации", "My generations"),
    ("invite", "Пригласить друга", "Invite a friend"),
    ("promo", "Ввести промокод", "Enter a promo code"),
    ("help", "Как это работает", "How it works"),
    ("support", "Поддержка", "Support"),
    ("paysupport", "Вопросы об оплате", "Questions about payments"),
    ("terms", "Условия и возвраты", "Terms and returns"),
    ("language", "Язык", "Language"),
    ("settings", "Настройки и лимиты", "Settings and limits"),
    ("cancel", "Отменить", "Cancel"),
    ("start", "Начать сначала", "Start over"),
)
