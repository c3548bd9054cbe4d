# CMN Explorer in one container: app and search workers, CPU only. How to run it: docs/deploy.md.
#   docker build -t cmn-explorer .
#   docker run --rm -p 8501:8501 -v cmn-runs:/data cmn-explorer
FROM python:3.11-slim

# tini reaps the detached search workers. No curl: the health check is Python's.
RUN apt-get update \
    && apt-get install -y --no-install-recommends tini \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --no-create-home --user-group --uid 10001 --home-dir /data --shell /usr/sbin/nologin cmn \
    && install -d -o cmn -g cmn -m 0700 /data

WORKDIR /app

# Hashes are checked. The plain index would bring several GB of CUDA libraries with torch.
# requirements.lock is for x86-64; elsewhere: --build-arg REQUIREMENTS="-r requirements.txt"
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
ARG REQUIREMENTS="--require-hashes -r requirements.lock"
COPY requirements.txt constraints.txt requirements.lock ./
RUN pip install --no-cache-dir --extra-index-url "$TORCH_INDEX" $REQUIREMENTS

COPY . .
RUN python -m compileall -q app.py cmn_core pages

# CMN_SHARED: visitors steer their own searches only, wherever they seem to come from.
ENV CMN_HOME=/data \
    CMN_SHARED=1 \
    PYTHONUNBUFFERED=1 \
    STREAMLIT_SERVER_PORT=8501
USER cmn
VOLUME /data
EXPOSE 8501

# Asks the route of the server itself: a mistyped path would answer with the page, and look healthy.
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=5 \
    CMD ["python", "deploy/health.py"]

STOPSIGNAL SIGTERM
ENTRYPOINT ["tini", "-g", "--"]
CMD ["python", "-m", "streamlit", "run", "app.py", "--server.headless", "true", \
     "--server.address", "0.0.0.0", "--server.fileWatcherType", "none", \
     "--browser.serverAddress", "localhost", "--browser.gatherUsageStats", "false"]
