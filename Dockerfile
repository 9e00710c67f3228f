# The server: the API and its page, the nightly scoring run, and the fetching of the champion. Nothing that trains.
#
#   docker build -t retention-risk .
#   docker run -p 127.0.0.1:8000:8000 -v retention:/var/lib/retention retention-risk
#
# All state lies in the volume (RETENTION_HOME). The same image runs the nightly scoring:
#   docker run -v retention:/var/lib/retention -v /path/to/export:/data:ro retention-risk \
#     score --data /data --as-of 2026-11-01

FROM python:3.11-slim AS packages
COPY requirements-serve.lock .
RUN python -m venv /opt/venv \
 && /opt/venv/bin/python -m pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements-serve.lock \
 && /opt/venv/bin/python -m pip uninstall --yes --quiet pip setuptools

FROM python:3.11-slim
# LightGBM is linked against the OpenMP runtime, which the slim image leaves out.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends libgomp1 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --create-home --home-dir /var/lib/retention retention
COPY --from=packages /opt/venv /opt/venv
WORKDIR /app
COPY features features
COPY models models
COPY service service
# Nothing is written beside the code later, so it is compiled here: else every start would do it anew.
RUN python -m compileall -q features models service
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    GIT_PYTHON_REFRESH=quiet \
    NUMBA_CACHE_DIR=/var/lib/retention/numba \
    RETENTION_HOME=/var/lib/retention/home
USER retention
# Compiled for this kind of processor; a fresh volume begins with it, another processor compiles anew.
RUN python -m service.compiled
VOLUME /var/lib/retention
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s \
  CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ.get(\"RETENTION_PORT\", 8000)}/livez', timeout=4)"]
ENTRYPOINT ["python", "-m", "service"]
CMD ["serve", "--host", "0.0.0.0"]
