# One image: crawlers, model, index client, rules, briefings, console. Runs as a user without rights.
FROM python:3.11-slim AS build
WORKDIR /src
COPY . .
RUN python -m venv /opt/minsheng && /opt/minsheng/bin/pip install --no-cache-dir --upgrade pip \
    && /opt/minsheng/bin/pip install --no-cache-dir ".[pdf]"

FROM python:3.11-slim
# Briefings: a font with Chinese for charts as pictures, Pango for PDF.
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends fonts-noto-cjk libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --create-home --uid 10001 minsheng && install -d -o minsheng -g minsheng /deployment
COPY --from=build /opt/minsheng /opt/minsheng
ENV PATH=/opt/minsheng/bin:$PATH PYTHONUNBUFFERED=1 MINSHENG_HOME=/deployment MINSHENG_LOG=INFO
USER minsheng
WORKDIR /deployment
VOLUME /deployment
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8765/readyz', timeout=4)"]
CMD ["minsheng", "run"]
