/**
 * The RPC layer: contracts, typed clients, handlers, codes and errors, over the ends.
 *
 * @module
 */
export type { CallControl, CallOptions, CallScope, DiscardOptions, HttpResponseInfo } from "./client_options.ts";
export {
  type BidiStreamingCall,
  type CallArguments,
  type Client,
  type ClientMethod,
  type ClientOptions,
  type ClientStreamingCall,
  createClient,
  type ServerStreamingCall,
  type UnaryCall,
} from "./client.ts";
export type { HandlerContext } from "./handlers.ts";
export {
  type AnyHandler,
  type BidiStreamingHandler,
  type ClientStreamingHandler,
  type Handler,
  type Handlers,
  implement,
  type Implementation,
  type ServerStreamingHandler,
  type UnaryHandler,
} from "./handlers.ts";
export type { MessageStream } from "./incoming_messages.ts";
export type {
  InterceptedCall,
  InterceptedRequest,
  InterceptedResponse,
  Interceptor,
  Next,
  SingleRequest,
  SingleResponse,
  StreamRequest,
  StreamResponse,
} from "./interceptor.ts";
export {
  type MetadataInit,
  type MetadataList,
  type MetadataValue,
  metadataValue,
  metadataValues,
} from "./call_metadata.ts";
export {
  bidiStreaming,
  clientStreaming,
  type MessageType,
  type Method,
  type MethodFactory,
  MethodKind,
  type MethodOptions,
  type SchemaMethodOptions,
  type SerializerOptions,
  serverStreaming,
  unary,
} from "./method.ts";
export type { Messages } from "./outgoing_messages.ts";
export { type ErrorOrigin, RpcError, type RpcErrorOptions } from "./rpc_error.ts";
export {
  bytesSerializer,
  cborSerializer,
  cborSerializerWith,
  jsonSerializer,
  type Serializer,
  textSerializer,
  type UniversalSerializer,
} from "./serializer.ts";
export { defineService, type MethodMap, type ServiceContract } from "./service_contract.ts";
export { servicer, type ServicerOptions } from "./servicer.ts";
export {
  type SchemaInput,
  type SchemaIssue,
  type SchemaOutput,
  type SchemaProperties,
  type SchemaResult,
  type StandardSchema,
  unchecked,
} from "./standard_schema.ts";
export type { WindowOptions } from "./receive_window.ts";
