"""Secrets as providers issue them, made at run time: prefix, alphabet and length, not taken from the patterns."""

import base64
import json
import string
from random import Random

ALNUM = string.ascii_letters + string.digits
UPPER = string.ascii_uppercase + string.digits
LOWER = string.ascii_lowercase + string.digits
HEX = "0123456789abcdef"
URL_SAFE = ALNUM + "-_"

# Cut in two, so that no file of this repository holds what a scanner takes for a key.
ISSUED: dict[str, tuple[tuple[str, str, str, int], ...]] = {
    "aws_key": (("AK", "IA", UPPER, 16), ("AS", "IA", UPPER, 16)),
    "github_token": (
        ("gh", "p_", ALNUM, 36),
        ("gh", "s_", ALNUM, 36),
        ("gh", "o_", ALNUM, 36),
        ("github", "_pat_", ALNUM + "_", 82),
    ),
    "gitlab_token": (("gl", "pat-", URL_SAFE, 20), ("gl", "rt-", URL_SAFE, 20), ("gl", "dt-", URL_SAFE, 20)),
    "stripe_key": (
        ("sk", "_live_", ALNUM, 24),
        ("rk", "_live_", ALNUM, 24),
        ("sk", "_test_", ALNUM, 99),
        ("wh", "sec_", ALNUM, 32),
    ),
    "anthropic_key": (("sk-", "ant-api03-", URL_SAFE, 95), ("sk-", "ant-admin01-", URL_SAFE, 93)),
    "openai_key": (
        ("sk", "-proj-", URL_SAFE, 156),
        ("sk", "-", ALNUM, 48),
        ("sk", "-svcacct-", URL_SAFE, 120),
        ("sk", "-admin-", URL_SAFE, 120),
    ),
    "openrouter_key": (("sk-", "or-v1-", HEX, 64),),
    "google_key": (("AI", "za", URL_SAFE, 35),),
    "google_token": (("ya", "29.", URL_SAFE, 140), ("GOC", "SPX-", URL_SAFE, 28)),
    "npm_token": (("np", "m_", ALNUM, 36),),
    "pypi_token": (("py", "pi-AgEIcHlwaS5vcmc", URL_SAFE, 140),),
    "rubygems_key": (("ruby", "gems_", HEX, 48),),
    "docker_token": (("dckr", "_pat_", URL_SAFE, 27),),
    "huggingface_token": (("h", "f_", string.ascii_letters, 34),),
    "digitalocean_token": (("dop", "_v1_", HEX, 64),),
    "mailgun_key": (("ke", "y-", HEX, 32),),
    "twilio_key": (("S", "K", HEX, 32), ("A", "C", HEX, 32)),
    "square_token": (("sq0", "atp-", URL_SAFE, 22), ("sq0", "csp-", URL_SAFE, 43)),
    "shopify_token": (("shp", "at_", HEX, 32), ("shp", "ss_", HEX, 32)),
    "databricks_token": (("da", "pi", HEX, 32),),
    "vault_token": (("hv", "s.", URL_SAFE, 95),),
    "pulumi_token": (("pu", "l-", HEX, 40),),
    "linear_key": (("lin", "_api_", ALNUM, 40),),
    "notion_token": (("nt", "n_", ALNUM, 46),),
    "figma_token": (("fig", "d_", URL_SAFE, 40),),
    "newrelic_key": (("NR", "AK-", UPPER, 27),),
    "grafana_token": (("gl", "sa_", ALNUM, 41),),
    "sentry_token": (("sntry", "u_", HEX, 64),),
    "postman_key": (("PM", "AK-", HEX, 24),),
    "planetscale_token": (("pscale", "_tkn_", URL_SAFE, 43),),
    "supabase_key": (("sb", "p_", HEX, 40), ("sb_", "secret_", URL_SAFE, 31)),
    "groq_key": (("gs", "k_", ALNUM, 52),),
    "xai_key": (("xa", "i-", ALNUM, 80),),
    "perplexity_key": (("pp", "lx-", ALNUM, 48),),
    "replicate_token": (("r", "8_", ALNUM, 37),),
    "nvidia_key": (("nv", "api-", URL_SAFE, 64),),
    "pinecone_key": (("pc", "sk_", ALNUM, 68),),
    "tavily_key": (("tv", "ly-dev-", ALNUM, 32),),
    "langsmith_key": (("ls", "v2_pt_", HEX, 32),),
    "langfuse_key": (("sk", "-lf-", HEX, 36),),
    "elevenlabs_key": (("s", "k_", HEX, 48),),
    "buildkite_token": (("bk", "ua_", HEX, 40),),
    "age_key": (("AGE-", "SECRET-KEY-1", UPPER, 58),),
    "atlassian_token": (("AT", "ATT3xFfGF0", URL_SAFE, 180),),
    "facebook_token": (("EA", "AC", ALNUM, 160),),
    "alibaba_key": (("LT", "AI5t", ALNUM, 20),),
    "brevo_key": (("xke", "ysib-", HEX, 64),),
    "easypost_key": (("EZ", "AK", ALNUM, 54),),
    "firecrawl_key": (("f", "c-", HEX, 32),),
    "honeycomb_key": (("hc", "aik_01", LOWER, 56),),
    "jina_key": (("ji", "na_", ALNUM, 60),),
    "neon_key": (("na", "pi_", LOWER, 64),),
    "nuget_key": (("oy", "2", LOWER, 43),),
    "password_hash": (("$2", "b$12$", ALNUM + "./", 53), ("$6", "$rounds=5000$", ALNUM + "./", 86)),
    "posthog_key": (("ph", "x_", ALNUM, 43),),
    "sourcegraph_token": (("sg", "p_", HEX, 40),),
    "wandb_key": (("wan", "db_v1_", URL_SAFE, 77),),
}


def text_of(random: Random, alphabet: str, length: int) -> str:
    """Random, with both digits and letters: none of these issuers gives out a word."""
    made = "".join(random.choices(alphabet, k=length - 3))
    return made + "".join(random.choices([c for c in alphabet if c.isdigit()] or alphabet, k=3))


def issued(random: Random, kind: str) -> str:
    start, rest, alphabet, length = random.choice(ISSUED[kind])
    if kind == "postman_key":
        return f"{start}{rest}{text_of(random, HEX, 24)}-{text_of(random, HEX, 34)}"
    return start + rest + text_of(random, alphabet, length)


def slack_token(random: Random) -> str:
    digits = [text_of(random, string.digits, 12) for _ in range(2)]
    return f"xo{random.choice(['xb', 'xp'])}-{'-'.join(digits)}-{text_of(random, ALNUM, 24)}"


def slack_hook(random: Random) -> str:
    parts = (text_of(random, UPPER, 10), text_of(random, UPPER, 10), text_of(random, ALNUM, 24))
    return "https://hooks.sl" + "ack.com/services/T{}/B{}/{}".format(*parts)


def jwt(random: Random) -> str:
    parts = [
        {"alg": "HS256", "typ": "JWT"},
        {"sub": text_of(random, string.digits, 10), "iat": random.randrange(10**9)},
    ]
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join((*encoded, text_of(random, URL_SAFE, 43)))


def private_key(random: Random) -> str:
    kind = random.choice(["RSA ", "EC ", "OPENSSH ", "", "ENCRYPTED "])
    body = "\n".join(text_of(random, ALNUM + "+/", 64) for _ in range(random.randrange(3, 12)))
    return "-----BE" + f"GIN {kind}PRIVATE KEY-----\n{body}\n-----END {kind}PRIVATE KEY-----"


def connection_string(random: Random) -> str:
    scheme = random.choice(["postgres", "postgresql+asyncpg", "mysql", "mongodb+srv", "redis", "amqp", "https"])
    return f"{scheme}://app:{text_of(random, ALNUM, 14)}@db{random.randrange(9)}.internal.example:5432/shop"


def bearer(random: Random) -> str:
    return "Authorization: Bear" + f"er {text_of(random, URL_SAFE, 40)}"


def sendgrid_key(random: Random) -> str:
    return "S" + f"G.{text_of(random, URL_SAFE, 22)}.{text_of(random, URL_SAFE, 43)}"


def telegram_token(random: Random) -> str:
    return f"{random.randrange(10**8, 10**10)}:A" + f"A{text_of(random, URL_SAFE, 33)}"


def azure_key(random: Random) -> str:
    return "Account" + f"Key={text_of(random, ALNUM + '+/', 86)}=="


def aws_secret(random: Random) -> str:
    return "aws_secret_access" + f"_key = {text_of(random, ALNUM + '+/', 40)}"


def asana_token(random: Random) -> str:
    return f"1/{text_of(random, string.digits, 16)}:{text_of(random, HEX, 32)}"


def cloudflare_key(random: Random) -> str:
    return f"v1.0-{text_of(random, HEX, 24)}-{text_of(random, HEX, 146)}"


def teams_webhook(random: Random) -> str:
    tenant = "@".join(text_of(random, HEX, 36) for _ in range(2))
    return "https://shop.web" + f"hook.office.com/webhookb2/{tenant}/IncomingWebhook/{text_of(random, HEX, 32)}"


def command_line(random: Random) -> str:
    return f"curl -s -u app:{text_of(random, ALNUM, 14)} https://internal.example/health"


def netrc(random: Random) -> str:
    return f"machine api.example login app password {text_of(random, ALNUM, 20)}"


COMPOSED = {
    "asana_token": (asana_token,),
    "cloudflare_key": (cloudflare_key,),
    "teams_webhook": (teams_webhook,),
    "command_line": (command_line, netrc),
    "slack_token": (slack_token, slack_hook),
    "jwt": (jwt,),
    "private_key": (private_key,),
    "connection_string": (connection_string,),
    "bearer_token": (bearer,),
    "sendgrid_key": (sendgrid_key,),
    "telegram_token": (telegram_token,),
    "azure_key": (azure_key,),
    "aws_secret": (aws_secret,),
}
SECRET_KINDS = (*ISSUED, *COMPOSED)


def secret(random: Random, kind: str) -> str:
    """A secret of ``kind`` that opens nothing."""
    return random.choice(COMPOSED[kind])(random) if kind in COMPOSED else issued(random, kind)


_BEFORE_CORE = {
    "connection_string": "://app:",
    "command_line": "-u app:",
    "azure_key": "=",
    "private_key": "KEY-----",
    "slack_token": "services",
    "teams_webhook": "webhookb2",
}
_AFTER_CORE = {"connection_string": "@", "command_line": " ", "private_key": "-----"}
_LAST_WORD = {"bearer_token", "aws_secret"}


def core(kind: str, value: str) -> str:
    """The part of ``value`` that nobody may see: of a connection string that is the password."""
    _, start, rest = value.partition(_BEFORE_CORE.get(kind, "\0"))
    if not start:
        return value.rsplit(maxsplit=1)[-1] if kind in {*_LAST_WORD, "command_line"} else value
    return rest.partition(_AFTER_CORE[kind])[0] if kind in _AFTER_CORE else rest
