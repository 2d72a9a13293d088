// Finds words of a closed list in a JSON text, as names of members and as their values, in pieces of any size. It
// stores one word at a time; a word inside of a longer text, or with an escape in it, does not match.
#pragma once

#include <bitset>
#include <cstdint>
#include <string_view>

#include "../base/cursor.h"

namespace wiretally {

// X(name, "text"): names of members.
#define WIRETALLY_MEMBERS(X)                 \
  X(Arch, "arch")                            \
  X(Capabilities, "capabilities")            \
  X(Choices, "choices")                      \
  X(ClientInfo, "clientInfo")                \
  X(CodexHome, "codexHome")                  \
  X(CoderAgent, "coderAgent")                \
  X(CompatibilityType, "compatibility_type") \
  X(Content, "content")                      \
  X(ContextId, "contextId")                  \
  X(CreatedAt, "created_at")                 \
  X(Default, "default_generation_settings")  \
  X(Delta, "delta")                          \
  X(Digest, "digest")                        \
  X(Done, "done")                            \
  X(Embedding, "embedding")                  \
  X(Embeddings, "embeddings")                \
  X(Error, "error")                          \
  X(GeneratedText, "generated_text")         \
  X(Healthy, "healthy")                      \
  X(Id, "id")                                \
  X(InputTokens, "input_tokens")             \
  X(Jsonrpc, "jsonrpc")                      \
  X(KvTransfer, "kv_transfer_params")        \
  X(LoadedContext, "loaded_context_length")  \
  X(LoraNames, "lora_names")                 \
  X(MaxModelLen, "max_model_len")            \
  X(Message, "message")                      \
  X(Method, "method")                        \
  X(Mode, "mode")                            \
  X(Model, "model")                          \
  X(ModelId, "model_id")                     \
  X(ModelInfo, "model_info")                 \
  X(ModelName, "model_name")                 \
  X(ModelPath, "model_path")                 \
  X(Modelfile, "modelfile")                  \
  X(Models, "models")                        \
  X(Name, "name")                            \
  X(Object, "object")                        \
  X(OwnedBy, "owned_by")                     \
  X(ProcessId, "processId")                  \
  X(PromptLogprobs, "prompt_logprobs")       \
  X(ProtocolVersion, "protocolVersion")      \
  X(QuantizationLevel, "quantization_level") \
  X(QwenCodeVersion, "qwenCodeVersion")      \
  X(Response, "response")                    \
  X(Result, "result")                        \
  X(ResultType, "resultType")                \
  X(Results, "results")                      \
  X(Role, "role")                            \
  X(Router, "router")                        \
  X(ServerInfo, "serverInfo")                \
  X(SessionId, "sessionID")                  \
  X(SizeVram, "size_vram")                   \
  X(Skills, "skills")                        \
  X(Stats, "stats")                          \
  X(Status, "status")                        \
  X(SupportedVersions, "supportedVersions")  \
  X(SystemFingerprint, "system_fingerprint") \
  X(Text, "text")                            \
  X(Timings, "timings")                      \
  X(Token, "token")                          \
  X(Tokens, "tokens")                        \
  X(TokensPredicted, "tokens_predicted")     \
  X(TotalDuration, "total_duration")         \
  X(TotalSlots, "total_slots")               \
  X(Type, "type")                            \
  X(Usage, "usage")                          \
  X(Version, "version")                      \
  X(WeightVersion, "weight_version")

// X(name, member, "text"): values of a member.
#define WIRETALLY_VALUES(X)                                \
  X(Chat, Object, "chat.completion")                       \
  X(ChatChunk, Object, "chat.completion.chunk")            \
  X(EmbeddingObject, Object, "embedding")                  \
  X(List, Object, "list")                                  \
  X(ModelObject, Object, "model")                          \
  X(ResponseObject, Object, "response")                    \
  X(TextCompletion, Object, "text_completion")             \
  X(OwnerVllm, OwnedBy, "vllm")                            \
  X(OwnerSglang, OwnedBy, "sglang")                        \
  X(OwnerLlama, OwnedBy, "llamacpp")                       \
  X(OwnerLmStudio, OwnedBy, "organization_owner")          \
  X(OwnerKobold, OwnedBy, "koboldcpp")                     \
  X(FingerprintOllama, SystemFingerprint, "fp_ollama")     \
  X(MessageStart, Type, "message_start")                   \
  X(MessageType, Type, "message")                          \
  X(ResponseCreated, Type, "response.created")             \
  X(ResponseCompleted, Type, "response.completed")         \
  X(ServerConnected, Type, "server.connected")             \
  X(Assistant, Role, "assistant")                          \
  X(Initialize, Method, "initialize")                      \
  X(Initialized, Method, "notifications/initialized")      \
  X(ServerDiscover, Method, "server/discover")             \
  X(ToolsList, Method, "tools/list")                       \
  X(ResourcesList, Method, "resources/list")               \
  X(TemplatesList, Method, "resources/templates/list")     \
  X(PromptsList, Method, "prompts/list")                   \
  X(ResourcesRead, Method, "resources/read")               \
  X(PromptsGet, Method, "prompts/get")                     \
  X(Complete, Method, "completion/complete")               \
  X(ToolsCall, Method, "tools/call")                       \
  X(ThreadStart, Method, "thread/start")                   \
  X(ThreadStarted, Method, "thread/started")               \
  X(ThreadList, Method, "thread/list")                     \
  X(ThreadResume, Method, "thread/resume")                 \
  X(TurnStart, Method, "turn/start")                       \
  X(TurnStarted, Method, "turn/started")                   \
  X(RemoteControl, Method, "remoteControl/status/changed") \
  X(MessageStream, Method, "message/stream")               \
  X(MessageSend, Method, "message/send")                   \
  X(OpenWebui, Name, "Open WebUI")                         \
  X(Playwright, Name, "Playwright")                        \
  X(TextGeneration, Router, "text-generation-router")      \
  X(HttpBridge, Mode, "http-bridge")

enum class QuotedWord : uint8_t {
  kNone,
#define WIRETALLY_ENUM(name, text) k##name,
  WIRETALLY_MEMBERS(WIRETALLY_ENUM)
#undef WIRETALLY_ENUM
#define WIRETALLY_ENUM(name, member, text) k##name,
      WIRETALLY_VALUES(WIRETALLY_ENUM)
#undef WIRETALLY_ENUM
  // These values are recognized by their beginning.
  kSessionValue,        // "ses_"
  kRouterMessageValue,  // "msg_" and thirteen digits
  kGeminiValue,         // "Gemini …" of a member "name"
  kCount,
};

using WordSet = std::bitset<static_cast<size_t>(QuotedWord::kCount)>;

// A version keeps only its numbers, such as 0.9.2, and no other text.
struct SoftwareVersion {
  uint16_t parts[3] = {};
  uint8_t count = 0;  // 0: not stated, else 2 or 3

  // Reads a text that is a released version, without its suffix ".post1" or "+cu121". Other texts change nothing.
  void read(std::string_view text);
};

class QuotedWords {
 public:
  // Adds the words of the bytes to `words`, and the first value of a member that states the version of the program.
  void read(Span bytes, WordSet* words, SoftwareVersion* version);

 private:
  static constexpr size_t kMaxText = 48;
  enum class Place : uint8_t { kOutside, kText, kEscape, kBehind };
  void on_text(WordSet* words, SoftwareVersion* version);
  std::string_view text() const { return {text_, size_}; }

  Place place_ = Place::kOutside;
  bool has_escape_ = false;
  uint8_t size_ = 0;  // kMaxText + 1: longer
  QuotedWord member_ = QuotedWord::kNone;
  char text_[kMaxText];
};

}  // namespace wiretally
