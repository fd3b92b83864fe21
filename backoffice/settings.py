"""Settings, all from the environment. Names and defaults are listed in docs/operations.md.

Nothing imports this module except through ``django.conf.settings``.
"""

import sys
from datetime import timedelta
from pathlib import Path

import environ
from celery.schedules import schedule
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent

# --- What kind of run this is -------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
TESTING = "pytest" in sys.modules
PRODUCTION = env.bool("STANDFAST_PRODUCTION", default=False)
STATE_DIR = Path(env("STANDFAST_STATE", default=str(BASE_DIR / ".standfast"))).resolve()
# Set by the supervisor when it started PostgreSQL or Valkey itself.
EMBEDDED_SERVERS = env.bool("STANDFAST_EMBEDDED", default=False)

SECRET_KEY = env("SECRET_KEY", default="" if PRODUCTION else "only-for-a-machine-of-your-own-" + "k" * 40)
if not SECRET_KEY:
    raise ImproperlyConfigured("Set SECRET_KEY: STANDFAST_PRODUCTION is on.")
# Vouchers and message ids are derived with this key; changing it makes issued codes unreadable.
VOUCHER_KEYS = env.dict("VOUCHER_KEYS", default={"k1": SECRET_KEY})
VOUCHER_KEY_ID = env("VOUCHER_KEY_ID", default="k1")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[] if PRODUCTION else ["127.0.0.1", "localhost", "[::1]"])
SITE_URL = env("SITE_URL", default="http://127.0.0.1:8000").rstrip("/")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# --- Apps: the same order as the imports point, left to right ------------------------------------
INSTALLED_APPS = [
    "backoffice.kernel.office.OfficeConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "django_htmx",
    "django_filters",
    "heroicons",
    "axes",
    "csp",
    "django_structlog",
    "backoffice.kernel",
    "backoffice.messaging",
    "suppliers",
    "orders",
    "customercare",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "backoffice.kernel.middleware.SafeRequestMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "backoffice.kernel.middleware.RequestLogMiddleware",
    "backoffice.kernel.middleware.AccessMiddleware",
    "backoffice.kernel.middleware.RefusalMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "backoffice.urls"
WSGI_APPLICATION = "backoffice.wsgi.application"
APPEND_SLASH = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "backoffice.kernel.context.shell",
            ]
        },
    }
]
# Forms find templates of ours first, then Django's.
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
# One small file of flags that pages read on every request lives in the cache, never in a module global.

# --- PostgreSQL -----------------------------------------------------------------------------------
DATABASES = {"default": env.db("DATABASE_URL", default="postgresql://app@127.0.0.1:5432/standfast")}
DATABASES["default"] |= {
    "ATOMIC_REQUESTS": False,
    "CONN_HEALTH_CHECKS": True,
    "OPTIONS": {
        "connect_timeout": 5,
        "options": "-c statement_timeout=15000 -c lock_timeout=3000 -c idle_in_transaction_session_timeout=60000",
        # A pool shared by the threads of a web process; workers fork, so they connect for themselves.
        **({"pool": {"min_size": 1, "max_size": 12, "timeout": 4}} if env.bool("DB_POOL", default=False) else {}),
    },
}

# --- Redis protocol: broker and cache ---------------------------------------------------------------
REDIS_URL = env("REDIS_URL", default="redis://127.0.0.1:6379/0")
REDIS_TIMEOUTS = {"socket_timeout": 1.0, "socket_connect_timeout": 1.0}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": env("CACHE_PREFIX", default="standfast"),
        "OPTIONS": REDIS_TIMEOUTS,
    }
}
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_BROKER_TRANSPORT_OPTIONS = {
    **REDIS_TIMEOUTS,
    "socket_timeout": 5.0,
    "socket_keepalive": True,
    "health_check_interval": 10,
    "visibility_timeout": 600,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "max_retries": 1,
}
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_max": 0.2}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 120
CELERY_TASK_SOFT_TIME_LIMIT = 90
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
CELERY_WORKER_CONSUMER = "backoffice.worker:Consumer"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# A task whose broker went away goes on: a killed relay leaves uncertain messages, a doubled wake-up harms nobody.
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_TIMEZONE = "UTC"
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {"messaging.relay": {"queue": "deliver"}}
CELERY_BEAT_SCHEDULE = {
    "relay": {"task": "messaging.relay", "schedule": schedule(timedelta(seconds=5))},
    "reconcile-messages": {"task": "messaging.reconcile", "schedule": schedule(timedelta(seconds=15))},
    "advance-fanouts": {"task": "notices.advance", "schedule": schedule(timedelta(seconds=2))},
    "expire-vouchers": {"task": "vouchers.expire", "schedule": schedule(timedelta(hours=1))},
    # A window ends at most once a day; facts about earlier ones come in at any hour.
    "check-contracts": {"task": "contracts.check", "schedule": schedule(timedelta(hours=1))},
    "rescore-suppliers": {"task": "assessment.rescore", "schedule": schedule(timedelta(seconds=60))},
    "watch-talks": {"task": "directory.watch_talks", "schedule": schedule(timedelta(hours=1))},
    "watch-actions": {"task": "assessment.watch_actions", "schedule": schedule(timedelta(hours=1))},
    "sweep-evidence": {"task": "evidence.sweep", "schedule": schedule(timedelta(hours=24))},
    "remind-of-assessments": {"task": "assessment.remind", "schedule": schedule(timedelta(hours=24))},
    "settle-stock": {"task": "stock.settle", "schedule": schedule(timedelta(seconds=10))},
    "verify-stock": {"task": "stock.verify", "schedule": schedule(timedelta(days=1))},
    "heartbeat": {"task": "kernel.heartbeat", "schedule": schedule(timedelta(seconds=15))},
    "forget-answers": {"task": "kernel.forget_answers", "schedule": schedule(timedelta(hours=6))},
}

# --- Outgoing mail ----------------------------------------------------------------------------------
# smtp://user:password@host:587/?tls=1 or smtps://…; without it nothing leaves and messages wait.
SMTP_URL = env("SMTP_URL", default="")
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=20)
MESSAGING = {
    "group": env.int("MESSAGING_GROUP", default=8),
    "connections": env.int("MESSAGING_CONNECTIONS", default=2),
    "lease_seconds": env.int("MESSAGING_LEASE_SECONDS", default=60),
    "rate_per_second": env.float("MESSAGING_RATE_PER_SECOND", default=0.0),
    "message_id_domain": env("MESSAGE_ID_DOMAIN", default="standfast.invalid"),
}
# Seconds between approval and the first message, in which one click undoes everything.
FANOUT_HOLD_SECONDS = env.int("FANOUT_HOLD_SECONDS", default=30)
# How often an open incident room asks how far the sending is.
PROGRESS_SECONDS = env.int("PROGRESS_SECONDS", default=5)

# --- People -----------------------------------------------------------------------------------------
AUTH_USER_MODEL = "kernel.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "login"
SUDO_SECONDS = 15 * 60
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "registration/locked.html"
AXES_IPWARE_PROXY_COUNT = env.int("TRUSTED_PROXIES", default=0)
AXES_VERBOSE = False

# --- Browser rules ----------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_AGE = 7 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "backoffice.kernel.views.csrf_failure"
SESSION_IDLE_SECONDS = 8 * 3600
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
if PRODUCTION:
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    LANGUAGE_COOKIE_SECURE = True
    if env.bool("BEHIND_TLS_PROXY", default=False):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- Language and time --------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("简体中文")), ("zh-hant", _("繁體中文")), ("pl", _("Polski"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["backoffice.formats"]
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

# --- Static files -------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env("STATIC_ROOT", default=str(STATE_DIR / "static")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if PRODUCTION
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = False

# --- Evidence ------------------------------------------------------------------------------------------
# What people and suppliers upload: a folder that all web processes share and no web server serves.
EVIDENCE_ROOT = Path(env("EVIDENCE_ROOT", default=str(STATE_DIR / "evidence")))

# --- Logging: JSON lines with a request id, ids only ----------------------------------------------------
LOG_LEVEL = env("LOG_LEVEL", default="WARNING" if TESTING else "INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "backoffice.kernel.logs.formatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django.server": {"level": "WARNING"},
        # Every request has one line already, without what people searched for.
        "django.request": {"level": "ERROR"},
        "axes": {"level": "CRITICAL"},
        # Their debug lines carry whole template contexts and query parameters: never, whatever LOG_LEVEL says.
        "django.template": {"level": "INFO"},
        "django.db.backends": {"level": "INFO"},
    },
}
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
SILENCED_SYSTEM_CHECKS: list[str] = []
