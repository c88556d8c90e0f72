"""Django's settings, thin over the typed environment."""

import sys
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.templatetags.static import static

from reliability import log
from trt import database
from trt.env import HOME, ROOT
from trt.sources import read
from trt.values import is_private

env = read()
https = env.webhook_base_url.startswith("https://")

DEBUG = False
TRT_HOME = HOME  # what we write: caches, too
SECRET_KEY = env.secret_key.get_secret_value()
ALLOWED_HOSTS = [*env.allowed_hosts, "127.0.0.1", "localhost", "[::1]"]
ALLOWED_HOSTS.append(f"[{env.bind}]" if ":" in env.bind else env.bind)
if env.webhook_base_url:
    ALLOWED_HOSTS.append(urlsplit(env.webhook_base_url).hostname or "")
    CSRF_TRUSTED_ORIGINS = [env.webhook_base_url]
ROOT_URLCONF = "trt.urls"
ASGI_APPLICATION = "trt.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.simple_history",  # the library's pages in unfold's clothes: before it
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "pgtrigger",
    "simple_history",
    "ninja",  # its pages take their scripts from here, not from a CDN
    "reliability",  # before django_q, whose qcluster it dresses
    "django_q",
    "payments",
    "kie",
    "bot",
    "trt",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "trt.nul.refused",
    "trt.statics.StaticFiles",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",  # who changed a text
    "axes.middleware.AxesMiddleware",
]
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 1  # hour
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_VERBOSE = False
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "trt.console.banner.held",
            ]
        },
    }
]

USE_TZ = True
TIME_ZONE = "Europe/Moscow"  # of what people are shown, as the bot shows it; stored, compared and logged it is UTC
LANGUAGE_CODE = "ru"
LANGUAGES = [("ru", "Русский"), ("en", "English")]
LOGIN_REDIRECT_URL = "admin:index"  # for whoever opens /admin/login/ itself
LOCALE_PATHS = [ROOT / "bot" / "locale"]
FORMAT_MODULE_PATH = ["trt.formats"]
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
UNFOLD = {
    "SITE_TITLE": "TRT",
    "SITE_HEADER": "TRT",
    "SITE_SYMBOL": "storefront",
    "SITE_URL": None,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("trt/favicon.svg")}],
    "STYLES": [lambda request: static("trt/admin.css")],
    "COLORS": "trt.console.menu.no_inline_colours",
    "SHOW_BACK_BUTTON": True,
    "SIDEBAR": {"navigation": "trt.console.menu.navigation"},
    "COMMAND": {"search_callback": "trt.console.command.found"},
    "DASHBOARD_CALLBACK": "trt.console.dashboard.figures",
}


DATABASE_URL, DATABASE_OWNER_URL, DATABASE_DIRECT_URL = database.urls(env)
# One alias a process: migrations and the tests' own databases are the owner's business, all else is the app role's.
tested = "pytest" in sys.modules  # under the limits of the application
as_owner = database.is_owners_work(sys.argv[1:2]) or tested
session = database.OWNERS_SESSION if as_owner and not tested else database.SESSION
DATABASES = {"default": database.settings(DATABASE_OWNER_URL if as_owner else DATABASE_URL, session)}

CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "trt_cache"}}
WORK_TASK = "trt.work.work"
SWEEP_TASK = "trt.sweeps.sweep"
Q_CLUSTER = {
    "name": "trt",
    "orm": "default",
    "broker_class": "reliability.broker.Patient",
    "workers": 2,
    "timeout": 91,  # s; the guard counts three more down by `guard_cycle` and kills at 0, so it has to come to 0
    "retry": 300,
    "queue_limit": 2,
    "bulk": 1,
    "ack_failures": True,
    "catch_up": False,
    "save_limit": 1000,
    "recycle": 500,
    "max_rss": 300_000,  # kilobytes
    "poll": 0.5,
    "guard_cycle": 2,  # s between heartbeats of the cluster
    "label": "Work",
}
if env.redis_url:
    Q_CLUSTER |= {"redis": env.redis_url}
    del Q_CLUSTER["orm"], Q_CLUSTER["broker_class"]

TELEGRAM_BOT_TOKEN = env.telegram_bot_token.get_secret_value()
TELEGRAM_API_URL = env.telegram_api_url
KIE_API_KEY = env.kie_api_key.get_secret_value()
KIE_API_URL = env.kie_api_url
KIE_UPLOAD_URL = env.kie_upload_url
KIE_DOCS_URL = env.kie_docs_url
KIE_CREATES_PER_10S = env.kie_creates_per_10s
KIE_WEBHOOK_HMAC_KEY = env.kie_webhook_hmac_key.get_secret_value()
YOOKASSA_SHOP_ID = env.yookassa_shop_id
YOOKASSA_SECRET_KEY = env.yookassa_secret_key.get_secret_value()
YOOKASSA_API_URL = env.yookassa_api_url
YOOKASSA_RECEIPTS = env.yookassa_receipts
YOOKASSA_RECEIPT_EMAIL = env.yookassa_receipt_email
YOOKASSA_VAT_CODE = env.yookassa_vat_code
YOOKASSA_NOTICE_ADDRESS_HEADER = env.yookassa_notice_address_header
CRYPTO_PAY_TOKEN = env.crypto_pay_token.get_secret_value()
CRYPTO_PAY_API_URL = env.crypto_pay_api_url
PAYMENT_BANK = env.payment_bank
PAYMENT_CARD = env.payment_card
PAYMENT_CARD_HOLDER = env.payment_card_holder
PAYMENT_PHONE = env.payment_phone
KIE_CALLBACK_TOKEN = env.kie_callback_token.get_secret_value()
KIE_CALLBACK_BASE_URL = env.kie_callback_base_url
BOT_MODE = env.mode
WEBHOOK_BASE_URL = env.webhook_base_url
WEBHOOK_SECRET_PATH = env.webhook_secret_path.get_secret_value()
WEBHOOK_SECRET_TOKEN = env.webhook_secret_token.get_secret_value()
LEDGER_KEY = env.ledger_key.get_secret_value()
ADMIN_IDS = env.admin_id
USD_RUB_RATE = env.usd_rub_rate
PRICE_MARKUP = env.price_markup
USD_RATE_URL = env.usd_rate_url
STARS_PER_RUB = env.stars_per_rub
LOCK_MODE = env.lock_mode
LOCK_WAIT_SECONDS = env.lock_wait_seconds
SINGLE_MODEL_ONLY = env.single_model_only
DRY_RUN = env.dry_run
TEST_MODE = env.test_mode
TELEGRAM_MESSAGES_PER_S = env.telegram_messages_per_s
TELEGRAM_CHAT_MESSAGES_PER_S = env.telegram_chat_messages_per_s
INBOX_CAPACITY = env.inbox_capacity
UPDATES_KEPT_HOURS = env.updates_kept_hours
ENDED_KEPT_DAYS = env.ended_kept_days
METRICS_TOKEN = env.metrics_token.get_secret_value()
GENERATOR_TIMEOUT_SECONDS = env.generator_timeout_seconds
SUPPORT_TELEGRAM = env.support_telegram
SUPPORT_TEXT = env.support_text
IS_FOR_REAL = env.is_for_real
PLAY_ON_REAL_DATA = env.play_on_real_data
KIE_PLAYED_FOR_PEOPLE = env.kie_played_for_people
SANDBOX_PEERS = frozenset(env.sandbox_peers)
DEMO_BONUS_RUB = env.demo_money
MOVES_MONEY = env.moves_money
CHARGES_ORDERS = env.charges_orders
PAYMENTS_ENABLED = env.payments_enabled
DEMO_MARK = env.demo_mark
RELEASE = env.release

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, "'unsafe-eval'"],  # the admin's Alpine evaluates its attributes
        "style-src": [SELF],
        "style-src-attr": ["'unsafe-inline'"],  # Alpine sets widths
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [SELF],
        "frame-ancestors": [NONE],
    }
}
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
# Machines follow no redirect: where a proxy does not say https (RUNBOOK, A proxy in front), their calls come all the same.
SECURE_REDIRECT_EXEMPT = [r"^health", r"^metrics$", r"^webhook/", r"^callbacks/", r"^payments/[^/]+/notice$"]
if https:  # behind a proxy that ends TLS
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not is_private(env.webhook_base_url)

LOGGING_CONFIG = None
log.hide(env.secrets)
log.configure(
    level=env.log_level, json=env.log_format == "json" or (env.log_format == "auto" and not sys.stdout.isatty())
)
