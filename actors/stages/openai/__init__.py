"""Engines behind any server that speaks OpenAI's HTTP API. Needs the extra `openai`."""

from actors.stages.openai.mcp_tools import open_mcp_tools as open_mcp_tools
from actors.stages.openai.mind import OpenAIMind as OpenAIMind
from actors.stages.openai.server import OpenAIEar as OpenAIEar
from actors.stages.openai.server import OpenAIServer as OpenAIServer
from actors.stages.openai.server import OpenAIVoice as OpenAIVoice
from actors.stages.openai.tools import Tool as Tool
from actors.stages.openai.tools import tool as tool
