// Finds signs of the service behind HTTP messages on a network. Signs are a closed list and follow from routes, fields
// and JSON words: a request and a fitting answer, or a field that only one product sends. The texts themselves are not
// kept.
#pragma once

#include <cstdint>
#include <string_view>

#include "../base/event.h"
#include "quoted_words.h"

namespace wiretally {

// Paths of requests, by their meaning.
enum class ServiceRoute : uint8_t {
  kNone,
  kRoot,
  kOllama,      // /api/chat and the like
  kOllamaTags,  // /api/tags, /api/ps
  kChat,        // …/chat/completions
  kCompletions,
  kResponses,
  kEmbeddings,
  kModels,
  kMessages,  // Anthropic
  kLlama,     // /props, /slots, /completion, /tokenize
  kSglang,
  kGenerate,      // /generate, /generate_stream, /info
  kLmStudio,      // /api/v0/…
  kTextGenWebui,  // /v1/internal/…
  kKobold,        // /api/v1/generate, /api/v1/model, /api/extra/…
  kWebuiConfig,   // /api/config
  kWebuiChat,     // /api/chat/completions
  kWebuiOllama,   // /ollama/api/…
  kMetrics,
  kAgentSession,  // /session, /event, /config of agent servers
  kAgentHealth,
  kAgentCard,  // /.well-known/agent-card.json
  kVersion,    // /version, /api/version
  kIdle,       // /health and others that do not show use
};

ServiceRoute service_route_of(std::string_view target);

enum ServiceFields : uint32_t {
  kFieldMcpVersion = 1 << 0,
  kFieldMcpSession = 1 << 1,
  kFieldAnthropicVersion = 1 << 2,
  kFieldOpenCode = 1 << 3,
  kFieldLlamaServer = 1 << 4,
  kFieldKoboldServer = 1 << 5,
  kFieldUvicorn = 1 << 6,
  kFieldLiteLlm = 1 << 7,
  kFieldCompute = 1 << 8,      // one of three fields of text-generation-inference
  kFieldCompute2 = 1 << 9,     // a second one
  kFieldEvents = 1 << 10,      // text/event-stream
  kFieldUnreadable = 1 << 11,  // a content coding
  kFieldWebSocket = 1 << 12,
  kFieldCompressed = 1 << 13,  // permessage-deflate
  kFieldReadable = 1 << 14,    // JSON, events or text
  kFieldOrdinary = 1 << 15,    // a field of a product that is no AI service
  kFieldMcpMethod = 1 << 16,   // A field of MCP from July 2026 on.
  kFieldMcpSessionCall = 1 << 17,
  kFieldMcpList = 1 << 18,
  kFieldMcpRead = 1 << 19,
  kFieldMcpCall = 1 << 20,
  kFieldCredentials = 1 << 21,  // a key, a token or a cookie
  kFieldDeflate = 1 << 22,      // gzip or deflate
};

// A request of MCP asks for one of these. Names of tools, resources and prompts are not read.
enum class McpMethod : uint8_t { kNone, kSession, kList, kRead, kCall };

// Bits of a field of a request or a response; `name` in lower case.
uint32_t service_field_of(std::string_view name, std::string_view value, uint32_t known);

// Beginnings of lines that are not JSON.
enum ServiceLines : uint8_t {
  kLineOllama = 1 << 0,    // "Ollama is running"
  kLineEndpoint = 1 << 1,  // "event: endpoint"
  kLineVllm = 1 << 2,      // "# HELP vllm:"
  kLineSglang = 1 << 3,
  kLineSession = 1 << 4,  // the data line of an endpoint names a session
};
uint8_t service_line_of(std::string_view line);

// True if the target of a request has a key in its query.
bool has_key_in_query(std::string_view target);

// Returns the version of an AI service that a response header states.
void read_service_version(std::string_view name, std::string_view value, SoftwareVersion* version);

struct ServiceRequest {
  ServiceRoute route = ServiceRoute::kNone;
  bool is_whole = false;  // The head was read to the end, and the answer is known.
  bool is_head = false;
  bool is_read = false;  // GET, HEAD or OPTIONS
  uint32_t fields = 0;
  WordSet words;
};

struct ServiceAnswer {
  uint16_t status = 0;
  uint8_t lines = 0;
  uint32_t fields = 0;
  WordSet words;
  SoftwareVersion field_version;
  SoftwareVersion text_version;
};

// Returns bits by ServiceSign.
uint64_t service_signs_of(const ServiceRequest& request, const ServiceAnswer& answer);

// True if the first label of a server name, in lower case, is the name of a model server or of a relay to models:
// "ollama", "vllm-2", "dev-litellm". The labels behind it are not checked; a name of one label is not a server name.
bool names_model_server(std::string_view server_name);

// Returns the class of a request of MCP that was answered; kNone for anything else.
McpMethod mcp_method_of(const ServiceRequest& request, const ServiceAnswer& answer);

// Returns the version of the service, if the answer states it.
SoftwareVersion service_version_of(const ServiceRequest& request, const ServiceAnswer& answer);

// True if the request uses the service, false if it only asks which service it is.
bool is_service_use(const ServiceRequest& request, const ServiceAnswer& answer);

}  // namespace wiretally
