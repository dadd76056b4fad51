"""`python -m tests.standin --port N`"""

import argparse

import uvicorn

from tests.standin.server import Application

parser = argparse.ArgumentParser(description="A stand-in for OpenAI's API.")
parser.add_argument("--port", type=int, default=9100)
# Connections that are cut on purpose would be logged as errors.
uvicorn.run(Application(), host="127.0.0.1", port=parser.parse_args().port, log_level="critical", access_log=False)
