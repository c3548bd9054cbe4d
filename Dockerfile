# CMN Explorer in one container: app and search workers, CPU only.
#   docker build -t cmn-explorer .
#   docker run --rm -p 8501:8501 -v cmn-runs:/data cmn-explorer
FROM python:3.11-slim

# tini reaps the detached search workers. No curl: the health check is Python's.
RUN apt-get update \
    && apt-get install -y --no-install-recommends tini \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --user-group --uid 10001 --home-dir /data --shell /usr/sbin/nologin cmn \
    && install -d -o cmn -g cmn /data

WORKDIR /app

# The plain index would bring several GB of CUDA libraries with torch.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
COPY requirements.txt constraints.txt ./
RUN pip install --no-cache-dir --no-deps --index-url "$TORCH_INDEX" \
        "$(grep '^torch==' requirements.txt)" \
    && pip install --no-cache-dir -r requirements.txt

COPY . .
RUN python -m compileall -q app.py cmn_core pages

ENV CMN_HOME=/data \
    PYTHONUNBUFFERED=1
USER cmn
VOLUME /data
EXPOSE 8501

# 200 with the body "ok" comes from the server itself; a mistyped path would answer with the page.
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=5 \
    CMD ["python", "-c", "from urllib.request import urlopen as u; import sys; sys.exit(u('http://127.0.0.1:8501/_stcore/health', timeout=8).read() != b'ok')"]

ENTRYPOINT ["tini", "-g", "--"]
CMD ["python", "-m", "streamlit", "run", "app.py", "--server.headless", "true", \
     "--server.address", "0.0.0.0", "--server.port", "8501", \
     "--server.fileWatcherType", "none", "--browser.serverAddress", "localhost", \
     "--browser.gatherUsageStats", "false"]
