#include "service_signs.h"

#include <algorithm>

namespace wiretally {

namespace {

// True for `folder` itself and for a path in it.
bool is_below(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

struct NamedRoute {
  std::string_view path;
  ServiceRoute route;
};

constexpr NamedRoute kExact[] = {
    {"/", ServiceRoute::kRoot},
    {"/api/config", ServiceRoute::kWebuiConfig},
    {"/api/chat/completions", ServiceRoute::kWebuiChat},
    {"/api/models", ServiceRoute::kModels},
    {"/api/v1/generate", ServiceRoute::kKobold},
    {"/api/v1/model", ServiceRoute::kKobold},
    {"/generate", ServiceRoute::kGenerate},
    {"/generate_stream", ServiceRoute::kGenerate},
    {"/info", ServiceRoute::kGenerate},
    {"/props", ServiceRoute::kLlama},
    {"/slots", ServiceRoute::kLlama},
    {"/completion", ServiceRoute::kLlama},
    {"/infill", ServiceRoute::kLlama},
    {"/get_model_info", ServiceRoute::kSglang},
    {"/model_info", ServiceRoute::kSglang},
    {"/get_server_info", ServiceRoute::kSglang},
    {"/server_info", ServiceRoute::kSglang},
    {"/metrics", ServiceRoute::kMetrics},
    {"/global/health", ServiceRoute::kAgentHealth},
    {"/.well-known/agent-card.json", ServiceRoute::kAgentCard},
    {"/.well-known/agent.json", ServiceRoute::kAgentCard},
    {"/health", ServiceRoute::kIdle},
    {"/healthz", ServiceRoute::kIdle},
    {"/health/liveliness", ServiceRoute::kIdle},
    {"/health/liveness", ServiceRoute::kIdle},
    {"/health/readiness", ServiceRoute::kIdle},
    {"/ping", ServiceRoute::kIdle},
    {"/version", ServiceRoute::kVersion},
    {"/api/version", ServiceRoute::kVersion},
    {"/favicon.ico", ServiceRoute::kIdle},
    {"/robots.txt", ServiceRoute::kIdle},
};

constexpr NamedRoute kFolders[] = {
    {"/api/v0", ServiceRoute::kLmStudio},        {"/v1/internal", ServiceRoute::kTextGenWebui},
    {"/api/extra", ServiceRoute::kKobold},       {"/ollama/api", ServiceRoute::kWebuiOllama},
    {"/session", ServiceRoute::kAgentSession},   {"/event", ServiceRoute::kAgentSession},
    {"/config", ServiceRoute::kAgentSession},    {"/capabilities", ServiceRoute::kAgentSession},
    {"/workspace", ServiceRoute::kAgentSession}, {"/global", ServiceRoute::kAgentSession},
};

// Gateways serve these routes below paths of their own.
constexpr NamedRoute kEndings[] = {
    {"/chat/completions", ServiceRoute::kChat},    {"/completions", ServiceRoute::kCompletions},
    {"/v1/responses", ServiceRoute::kResponses},   {"/responses", ServiceRoute::kResponses},
    {"/v1/embeddings", ServiceRoute::kEmbeddings}, {"/v1/models", ServiceRoute::kModels},
    {"/v1/messages", ServiceRoute::kMessages},     {"/v1/messages/count_tokens", ServiceRoute::kMessages},
    {"/api/chat", ServiceRoute::kOllama},          {"/api/generate", ServiceRoute::kOllama},
    {"/api/embed", ServiceRoute::kOllama},         {"/api/embeddings", ServiceRoute::kOllama},
    {"/api/show", ServiceRoute::kOllama},          {"/api/pull", ServiceRoute::kOllama},
    {"/api/create", ServiceRoute::kOllama},        {"/api/tags", ServiceRoute::kOllamaTags},
    {"/api/ps", ServiceRoute::kOllamaTags},
};

// Finds the sign of a set of words.
class Words {
 public:
  explicit Words(WordSet words) : words_(words) {}
  bool has(QuotedWord word) const { return words_[static_cast<size_t>(word)]; }
  template <typename... T>
  bool all(T... word) const {
    return (has(word) && ...);
  }
  template <typename... T>
  bool any(T... word) const {
    return (has(word) || ...);
  }

 private:
  const WordSet words_;
};

using W = QuotedWord;
using R = ServiceRoute;

constexpr uint64_t bit(ServiceSign sign) { return uint64_t{1} << static_cast<unsigned>(sign); }

bool has_chat(const Words& answer) { return answer.any(W::kChat, W::kChatChunk) && answer.has(W::kChoices); }

uint64_t ollama_signs(const ServiceRequest& request, const ServiceAnswer& answer) {
  const Words words(answer.words);
  const bool is_list = words.has(W::kModels) && words.has(W::kDigest) && words.any(W::kQuantizationLevel, W::kSizeVram);
  const bool is_stream = words.all(W::kDone, W::kModel, W::kCreatedAt) && words.any(W::kMessage, W::kResponse);
  const bool is_embedding = words.all(W::kModel, W::kEmbeddings, W::kTotalDuration);
  const bool is_description = words.has(W::kModelfile) && words.any(W::kModelInfo, W::kQuantizationLevel);
  const bool is_pull = words.all(W::kStatus, W::kDigest);
  switch (request.route) {
    case R::kRoot: return (answer.lines & kLineOllama) != 0 ? bit(ServiceSign::kOllamaBanner) : 0;
    case R::kOllamaTags: return is_list ? bit(ServiceSign::kOllamaList) : 0;
    case R::kOllama:
      return is_stream || is_embedding || is_description || is_pull ? bit(ServiceSign::kOllamaAnswer) : 0;
    case R::kWebuiOllama: {
      if (!is_stream && !is_list && !is_embedding) return 0;
      if ((answer.fields & kFieldUvicorn) != 0) return bit(ServiceSign::kOpenWebuiAnswer);
      return bit(is_list ? ServiceSign::kOllamaList : ServiceSign::kOllamaAnswer);
    }
    default: return 0;
  }
}

uint64_t open_ai_signs(const ServiceRequest& request, const ServiceAnswer& answer) {
  const Words words(answer.words);
  uint64_t signs = 0;
  switch (request.route) {
    case R::kWebuiChat:
    case R::kChat:
      if (!has_chat(words)) return 0;
      signs = bit(request.route == R::kChat ? ServiceSign::kOpenAiAnswer : ServiceSign::kOpenWebuiAnswer);
      break;
    case R::kCompletions:
      if (!words.all(W::kTextCompletion, W::kChoices)) return 0;
      signs = bit(ServiceSign::kOpenAiAnswer);
      break;
    case R::kResponses:
      if (!words.any(W::kResponseCreated, W::kResponseObject)) return 0;
      signs = bit(ServiceSign::kOpenAiAnswer);
      break;
    case R::kEmbeddings:
      if (!words.all(W::kList, W::kEmbeddingObject)) return 0;
      signs = bit(ServiceSign::kOpenAiAnswer);
      break;
    case R::kModels:
      if (!words.all(W::kList, W::kModelObject)) return 0;
      signs = bit(ServiceSign::kOpenAiModels);
      break;
    default: return 0;
  }
  if (words.any(W::kOwnerVllm)) signs |= bit(ServiceSign::kVllmOwner);
  if (words.any(W::kPromptLogprobs, W::kKvTransfer)) signs |= bit(ServiceSign::kVllmAnswer);
  if (words.has(W::kOwnerSglang)) signs |= bit(ServiceSign::kSglangOwner);
  if (words.has(W::kOwnerLlama) || words.has(W::kTimings)) signs |= bit(ServiceSign::kLlamaAnswer);
  if (words.has(W::kOwnerLmStudio)) signs |= bit(ServiceSign::kLmStudioOwner);
  if (words.has(W::kOwnerKobold)) signs |= bit(ServiceSign::kKoboldAnswer);
  if (words.has(W::kFingerprintOllama)) signs |= bit(ServiceSign::kOllamaFingerprint);
  return signs;
}

uint64_t product_signs(const ServiceRequest& request, const ServiceAnswer& answer) {
  const Words words(answer.words);
  switch (request.route) {
    case R::kLlama:
      if (words.has(W::kDefault) || words.has(W::kTokensPredicted)) return bit(ServiceSign::kLlamaAnswer);
      return 0;
    case R::kSglang:
      return words.has(W::kModelPath) && words.any(W::kWeightVersion, W::kVersion) ? bit(ServiceSign::kSglangAnswer)
                                                                                   : 0;
    case R::kGenerate: {
      const bool is_answer = words.has(W::kGeneratedText) && (answer.fields & kFieldCompute) != 0;
      return is_answer || words.has(W::kTextGeneration) ? bit(ServiceSign::kTgiAnswer) : 0;
    }
    case R::kLmStudio: {
      const bool is_list = words.all(W::kList, W::kModelObject) && words.any(W::kArch, W::kCompatibilityType);
      const bool is_chat = has_chat(words) && words.any(W::kStats, W::kModelInfo);
      return is_list || is_chat ? bit(ServiceSign::kLmStudioAnswer) : 0;
    }
    case R::kTextGenWebui:
      return words.all(W::kModelName, W::kLoraNames) || words.has(W::kTokens) ? bit(ServiceSign::kTextGenWebuiAnswer)
                                                                              : 0;
    case R::kKobold: return words.all(W::kResults, W::kText) ? bit(ServiceSign::kKoboldAnswer) : 0;
    case R::kWebuiConfig: return words.has(W::kOpenWebui) ? bit(ServiceSign::kOpenWebuiConfig) : 0;
    case R::kMetrics:
      return (answer.lines & kLineVllm) != 0     ? bit(ServiceSign::kVllmAnswer)
             : (answer.lines & kLineSglang) != 0 ? bit(ServiceSign::kSglangAnswer)
                                                 : 0;
    default: return 0;
  }
}

uint64_t relay_signs(const ServiceRequest& request, const ServiceAnswer& answer) {
  if (request.route != R::kMessages) return 0;
  const Words words(answer.words);
  const bool is_answer = words.any(W::kMessageStart, W::kMessageType) && words.all(W::kAssistant, W::kContent);
  const bool is_count = words.has(W::kInputTokens) && (request.fields & kFieldAnthropicVersion) != 0;
  if (!is_answer && !is_count) return 0;
  uint64_t signs = bit(ServiceSign::kAnthropicAnswer);
  if ((request.fields & kFieldAnthropicVersion) != 0) signs |= bit(ServiceSign::kAnthropicField);
  if (words.has(W::kRouterMessageValue)) signs |= bit(ServiceSign::kRouterMessage);
  return signs;
}

uint64_t mcp_signs(const ServiceRequest& request, const ServiceAnswer& answer) {
  const Words asked(request.words);
  const Words replied(answer.words);
  uint64_t signs = 0;
  const bool is_language_server = asked.has(W::kProcessId);
  const bool begins = asked.all(W::kInitialize, W::kProtocolVersion) && !is_language_server;
  if (begins && replied.all(W::kServerInfo, W::kProtocolVersion)) signs |= bit(ServiceSign::kMcpInitialize);
  if (asked.all(W::kServerDiscover, W::kJsonrpc) && replied.all(W::kSupportedVersions, W::kJsonrpc)) {
    signs |= bit(ServiceSign::kMcpInitialize);
  }
  const uint32_t fields = request.fields | answer.fields;
  const bool has_version = (request.fields & (kFieldMcpVersion | kFieldMcpMethod)) != 0;
  if (has_version || (begins && (fields & kFieldMcpSession) != 0)) signs |= bit(ServiceSign::kMcpField);
  constexpr uint8_t kEndpoint = kLineEndpoint | kLineSession;
  if ((answer.lines & kEndpoint) == kEndpoint && (answer.fields & kFieldEvents) != 0) {
    signs |= bit(ServiceSign::kMcpEndpoint);
  }
  if (signs != 0 && replied.all(W::kServerInfo, W::kPlaywright)) signs |= bit(ServiceSign::kMcpPlaywright);
  return signs;
}

// Routes of model servers: opencode sends its fields to these servers, too.
bool is_model_route(ServiceRoute route) {
  switch (route) {
    case R::kOllama:
    case R::kOllamaTags:
    case R::kChat:
    case R::kCompletions:
    case R::kResponses:
    case R::kEmbeddings:
    case R::kModels:
    case R::kMessages:
    case R::kLmStudio: return true;
    default: return false;
  }
}

uint64_t agent_signs(const ServiceRequest& request, const ServiceAnswer& answer) {
  const Words asked(request.words);
  const Words replied(answer.words);
  uint64_t signs = 0;
  if ((request.fields & kFieldOpenCode) != 0 && !is_model_route(request.route)) {
    signs |= bit(ServiceSign::kOpenCodeField);
  }
  if (request.route == R::kAgentSession && replied.any(W::kSessionValue, W::kServerConnected)) {
    signs |= bit(ServiceSign::kOpenCodeAnswer);
  }
  if (replied.has(W::kQwenCodeVersion)) signs |= bit(ServiceSign::kQwenAnswer);
  const bool is_card = request.route == R::kAgentCard && replied.all(W::kSkills, W::kCapabilities);
  if (is_card) signs |= bit(ServiceSign::kAgentCard);
  const bool is_task = asked.has(W::kJsonrpc) && asked.any(W::kMessageStream, W::kMessageSend) &&
                       replied.all(W::kJsonrpc, W::kResult, W::kContextId);
  if (is_task) signs |= bit(ServiceSign::kAgentTask);
  if ((is_card && replied.has(W::kGeminiValue)) || (is_task && replied.has(W::kCoderAgent))) {
    signs |= bit(ServiceSign::kGeminiAgent);
  }
  return signs;
}

// Codex's app server sends JSON-RPC without the member that names the protocol.
uint64_t socket_signs(const ServiceRequest& request, const ServiceAnswer& answer) {
  const Words words(request.words | answer.words);
  if (words.has(W::kJsonrpc)) {
    const Words asked(request.words);
    const Words replied(answer.words);
    const bool is_mcp = asked.all(W::kInitialize, W::kProtocolVersion) && !asked.has(W::kProcessId) &&
                        replied.all(W::kServerInfo, W::kProtocolVersion);
    return is_mcp ? bit(ServiceSign::kMcpInitialize) : 0;
  }
  const bool is_codex = words.has(W::kCodexHome) ||
                        (words.has(W::kMethod) &&
                         words.any(W::kThreadStart, W::kThreadStarted, W::kThreadList, W::kThreadResume, W::kTurnStart,
                                   W::kTurnStarted, W::kRemoteControl));
  return is_codex ? bit(ServiceSign::kCodexAnswer) : 0;
}

// Fields by which an answer of any status names its product.
uint64_t field_signs(uint32_t fields) {
  uint64_t signs = 0;
  if ((fields & kFieldLlamaServer) != 0) signs |= bit(ServiceSign::kLlamaServer);
  if ((fields & kFieldKoboldServer) != 0) signs |= bit(ServiceSign::kKoboldServer);
  if ((fields & kFieldLiteLlm) != 0) signs |= bit(ServiceSign::kLiteLlmField);
  if ((fields & kFieldCompute2) != 0) signs |= bit(ServiceSign::kTgiFields);
  return signs;
}

// These signs do not show that the service needs no key for its work: fields of every answer, and of the client.
constexpr uint64_t kOfAnyAnswer = bit(ServiceSign::kLlamaServer) | bit(ServiceSign::kKoboldServer) |
                                  bit(ServiceSign::kLiteLlmField) | bit(ServiceSign::kTgiFields) |
                                  bit(ServiceSign::kOpenCodeField) | bit(ServiceSign::kChatRequest);

// True if the whole request is known and has no key. Routes that stay open on a service with a key prove nothing: start
// pages, health, versions, agent cards, the lists of llama.cpp and the description of text-generation-inference.
bool is_without_credentials(const ServiceRequest& request, const ServiceAnswer& answer) {
  if (!request.is_whole || (request.fields & kFieldCredentials) != 0) return false;
  switch (request.route) {
    case R::kRoot:
    case R::kMetrics:
    case R::kAgentHealth:
    case R::kAgentCard:
    case R::kWebuiConfig:
    case R::kVersion:
    case R::kIdle: return false;
    case R::kModels:
    case R::kOllamaTags: return (answer.fields & kFieldLlamaServer) == 0;
    case R::kGenerate: return !request.is_read;
    default: return true;
  }
}

bool is_success(uint16_t status) { return status >= 200 && status < 300; }

// If the body of an answer to a model request cannot be read, the class is possible.
bool is_hidden_chat(const ServiceRequest& request, const ServiceAnswer& answer) {
  const bool asks = request.route == R::kChat || request.route == R::kResponses || request.route == R::kMessages;
  return asks && !request.is_read && (answer.fields & kFieldUnreadable) != 0;
}

}  // namespace

ServiceRoute service_route_of(std::string_view target) {
  const std::string_view path = target.substr(0, target.find('?'));
  for (const auto& [name, route] : kExact) {
    if (path == name) return route;
  }
  for (const auto& [name, route] : kFolders) {
    if (is_below(path, name)) return route;
  }
  for (const auto& [name, route] : kEndings) {
    if (path.ends_with(name)) return route;
  }
  return R::kNone;
}

namespace {

struct McpMethodName {
  std::string_view text;
  QuotedWord word;
  ServiceFields field;
};

// MCP, revision 2026-07-28 and earlier ones.
constexpr McpMethodName kMcpMethods[] = {
    {"initialize", W::kInitialize, kFieldMcpSessionCall},
    {"server/discover", W::kServerDiscover, kFieldMcpSessionCall},
    {"tools/list", W::kToolsList, kFieldMcpList},
    {"resources/list", W::kResourcesList, kFieldMcpList},
    {"resources/templates/list", W::kTemplatesList, kFieldMcpList},
    {"prompts/list", W::kPromptsList, kFieldMcpList},
    {"resources/read", W::kResourcesRead, kFieldMcpRead},
    {"prompts/get", W::kPromptsGet, kFieldMcpRead},
    {"completion/complete", W::kComplete, kFieldMcpRead},
    {"tools/call", W::kToolsCall, kFieldMcpCall},
};

uint32_t field_of_mcp_method(std::string_view method) {
  for (const auto& [text, word, field] : kMcpMethods) {
    if (text == method) return field;
  }
  return 0;
}

// Any field whose name may be that of a key counts, so that no service is reported as open by mistake. A key for a
// proxy is not a key for the service.
bool is_credential_name(std::string_view name) {
  if (name.starts_with("proxy-") || name.starts_with("sec-") || name.ends_with("idempotency-key")) return false;
  constexpr std::string_view kParts[] = {"auth", "cookie", "key", "token", "jwt", "secret", "password", "signature"};
  return std::any_of(std::begin(kParts), std::end(kParts),
                     [&](std::string_view part) { return name.find(part) != name.npos; });
}

}  // namespace

bool has_key_in_query(std::string_view target) {
  const size_t query = target.find('?');
  if (query == target.npos) return false;
  constexpr std::string_view kParts[] = {"key=", "token=", "auth=", "secret=", "password="};
  return std::any_of(std::begin(kParts), std::end(kParts),
                     [&](std::string_view part) { return target.find(part, query) != target.npos; });
}

void read_service_version(std::string_view name, std::string_view value, SoftwareVersion* version) {
  if (version->count != 0) return;
  if (name == "x-litellm-version") version->read(value);
  if (name != "server") return;
  constexpr std::string_view kProducts[] = {"ollama/", "Ollama/", "vllm/", "vLLM/", "sglang/", "SGLang/", "llama.cpp/"};
  for (const std::string_view product : kProducts) {
    if (value.starts_with(product)) version->read(value.substr(product.size(), value.find(' ') - product.size()));
  }
}

uint32_t service_field_of(std::string_view name, std::string_view value, uint32_t known) {
  if (name == "content-type") {
    if (value.starts_with("text/event-stream")) return kFieldEvents | kFieldReadable;
    return value.find("json") != value.npos || value.starts_with("text/plain") ? uint32_t{kFieldReadable} : 0u;
  }
  if (name == "server") {
    if (value.starts_with("llama.cpp")) return kFieldLlamaServer;
    if (value.starts_with("ConcedoLlama")) return kFieldKoboldServer;
    return value == "uvicorn" ? uint32_t{kFieldUvicorn} : 0u;
  }
  if (name == "content-encoding") {
    if (value == "identity") return 0;
    const bool is_deflate = value == "gzip" || value == "x-gzip" || value == "deflate";
    return is_deflate ? uint32_t{kFieldDeflate} : uint32_t{kFieldUnreadable};
  }
  if (name == "upgrade") return value == "websocket" || value == "WebSocket" ? uint32_t{kFieldWebSocket} : 0u;
  if (name == "user-agent") return value.starts_with("opencode/") ? uint32_t{kFieldOpenCode} : 0u;
  if (name == "sec-websocket-extensions") {
    return value.find("permessage-deflate") != value.npos ? uint32_t{kFieldCompressed} : 0u;
  }
  if (name == "anthropic-version") return kFieldAnthropicVersion;
  if (name.starts_with("mcp-")) {
    if (name == "mcp-protocol-version") return kFieldMcpVersion;
    if (name == "mcp-method") return kFieldMcpMethod | field_of_mcp_method(value);
    return name == "mcp-session-id" ? uint32_t{kFieldMcpSession} : 0u;
  }
  const uint32_t key = is_credential_name(name) ? uint32_t{kFieldCredentials} : 0u;
  if (!name.starts_with("x-")) return key;
  if (name == "x-opencode-directory") return kFieldOpenCode;
  if (name.starts_with("x-litellm-")) return kFieldLiteLlm | key;
  if (name == "x-elastic-product") return kFieldOrdinary;
  if (name == "x-compute-type" || name == "x-compute-characters" || name == "x-prompt-tokens") {
    return (known & kFieldCompute) != 0 ? kFieldCompute2 : kFieldCompute;
  }
  return key;
}

uint8_t service_line_of(std::string_view line) {
  if (line.starts_with("Ollama is running")) return kLineOllama;
  if (line.starts_with("event: endpoint")) return kLineEndpoint;
  if (line.starts_with("data: ") && line.find("sessionId=") != line.npos) return kLineSession;
  if (line.starts_with("data: ") && line.find("session_id=") != line.npos) return kLineSession;
  if (line.starts_with("# HELP vllm:")) return kLineVllm;
  return line.starts_with("# HELP sglang:") ? uint8_t{kLineSglang} : uint8_t{0};
}

uint64_t service_signs_of(const ServiceRequest& request, const ServiceAnswer& answer) {
  if ((answer.fields & kFieldOrdinary) != 0) return 0;
  if (answer.status == 101) return socket_signs(request, answer);
  uint64_t signs = field_signs(answer.fields);
  if (!is_success(answer.status)) return signs;
  signs |= ollama_signs(request, answer) | open_ai_signs(request, answer) | product_signs(request, answer);
  signs |= relay_signs(request, answer) | mcp_signs(request, answer) | agent_signs(request, answer);
  if (is_hidden_chat(request, answer)) signs |= bit(ServiceSign::kChatRequest);
  if ((signs & ~kOfAnyAnswer) != 0 && is_without_credentials(request, answer))
    signs |= bit(ServiceSign::kNoCredentials);
  return signs;
}

McpMethod mcp_method_of(const ServiceRequest& request, const ServiceAnswer& answer) {
  if (!is_success(answer.status) || (answer.fields & kFieldOrdinary) != 0) return McpMethod::kNone;
  uint32_t fields = request.fields;
  const Words asked(request.words);
  if ((fields & kFieldMcpMethod) == 0 && asked.has(W::kJsonrpc) && !asked.has(W::kProcessId)) {
    for (const auto& [text, word, field] : kMcpMethods) {
      if (asked.has(word)) fields |= field;
    }
  }
  if ((fields & kFieldMcpCall) != 0) return McpMethod::kCall;
  if ((fields & kFieldMcpRead) != 0) return McpMethod::kRead;
  if ((fields & kFieldMcpList) != 0) return McpMethod::kList;
  return (fields & kFieldMcpSessionCall) != 0 ? McpMethod::kSession : McpMethod::kNone;
}

SoftwareVersion service_version_of(const ServiceRequest& request, const ServiceAnswer& answer) {
  if ((answer.fields & kFieldOrdinary) != 0) return {};
  if (answer.field_version.count != 0) return answer.field_version;
  if (!is_success(answer.status)) return {};
  const Words words(answer.words);
  const bool is_stated = request.route == R::kVersion || request.route == R::kSglang ||
                         (request.route == R::kGenerate && words.has(W::kTextGeneration)) ||
                         request.route == R::kKobold ||
                         (request.route == R::kWebuiConfig && words.has(W::kOpenWebui)) ||
                         (request.route == R::kAgentHealth && words.has(W::kHealthy)) || words.has(W::kQwenCodeVersion);
  return is_stated ? answer.text_version : SoftwareVersion();
}

bool names_model_server(std::string_view server_name) {
  static constexpr std::string_view kNames[] = {"ollama",    "vllm",     "litellm",   "llamacpp",
                                                "llama-cpp", "lmstudio", "lm-studio", "open-webui",
                                                "openwebui", "sglang",   "koboldcpp", "localai"};
  const size_t end = server_name.find('.');
  if (end == std::string_view::npos) return false;
  const std::string_view label = server_name.substr(0, end);
  const auto is_letter = [&](size_t at) { return at < label.size() && label[at] >= 'a' && label[at] <= 'z'; };
  for (const std::string_view name : kNames) {
    for (size_t at = label.find(name); at != std::string_view::npos; at = label.find(name, at + 1)) {
      if ((at == 0 || !is_letter(at - 1)) && !is_letter(at + name.size())) return true;
    }
  }
  return false;
}

bool is_service_use(const ServiceRequest& request, const ServiceAnswer& answer) {
  switch (answer.status) {
    case 0:
    case 401:
    case 403:
    case 404:
    case 405:
    case 501: return false;
    default: break;
  }
  if (answer.status == 101 || !request.is_read) return true;
  constexpr uint32_t kOfClients = kFieldMcpVersion | kFieldMcpSession | kFieldMcpMethod | kFieldOpenCode;
  if ((request.fields & kOfClients) != 0) return true;
  const bool is_stream = (answer.fields & kFieldEvents) != 0;
  return is_stream || request.route == R::kAgentSession;
}

}  // namespace wiretally
