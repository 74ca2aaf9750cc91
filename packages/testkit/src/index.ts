export { type Certificates, makeCertificates } from './certificates.ts';
export { auditLogConformance } from './conformance/audit-log.ts';
export { putDevice, putService, sampleDevice, sampleSchedule, sampleService } from './conformance/catalog-samples.ts';
export { callLimiterConformance } from './conformance/call-limiter.ts';
export { catalogStoreConformance } from './conformance/catalog-store.ts';
export { clusterPausesConformance } from './conformance/cluster-pauses.ts';
export { deliveryStoreConformance, type ObservedDeliveryStore, sampleDelivery } from './conformance/delivery-store.ts';
export type { ConformanceCase } from './conformance/conformance-case.ts';
export {
  gatewayManagerStoreConformance,
  sampleCertificate,
  sampleGateway,
  sampleServiceGroup,
} from './conformance/gateway-manager-store.ts';
export { idempotencyStoreConformance } from './conformance/idempotency-store.ts';
export { identityStoreConformance, sampleApiKey, sampleToken, sampleUser } from './conformance/identity-store.ts';
export { rateLimiterConformance } from './conformance/rate-limiter.ts';
export { runGateConformance } from './conformance/run-gate.ts';
export { lockStoreConformance, type ObservedLockStore } from './conformance/lock-store.ts';
export { type ObservedRunQueue, runQueueConformance } from './conformance/run-queue.ts';
export { type ObservedRunRetention, runRetentionConformance } from './conformance/run-retention.ts';
export { samplePlan, sampleResult, sampleSpec } from './conformance/run-samples.ts';
export { runTreeConformance } from './conformance/run-tree.ts';
export { type StoredSteps, stepStoreConformance } from './conformance/step-store.ts';
export { runStoreConformance } from './conformance/run-store.ts';
export { scheduleStoreConformance } from './conformance/schedule-store.ts';
export { serviceStatesConformance } from './conformance/service-states.ts';
export { CountingRunIds } from './fakes/counting-run-ids.ts';
export { redisContents } from './secrets/redis-contents.ts';
export { type DriveOptions, RunDriver, SAMPLE_HEARTBEAT } from './fakes/drive-runs.ts';
export { ADMIN, type DeviceWork, type EngineBundle, engineBundle, requestOf } from './fakes/engine-bundle.ts';
export type { EngineGateway } from './fakes/engine-processes.ts';
export { MemoryAuditLog } from './fakes/memory-audit-log.ts';
export { MemoryCallLimiter } from './fakes/memory-call-limiter.ts';
export { MemoryCatalogStore } from './fakes/memory-catalog-store.ts';
export { MemoryClusterPauses } from './fakes/memory-cluster-pauses.ts';
export { MemoryControlChannel } from './fakes/memory-control-channel.ts';
export { MemoryDeliveryStore } from './fakes/memory-delivery-store.ts';
export { MemoryGatewayManagerStore } from './fakes/memory-gateway-manager-store.ts';
export { MemoryIdempotencyStore } from './fakes/memory-idempotency-store.ts';
export { MemoryIdentityStore } from './fakes/memory-identity-store.ts';
export { MemoryLockStore } from './fakes/memory-lock-store.ts';
export { type LogEntry, MemoryLog } from './fakes/memory-log.ts';
export { MemoryRateLimiter } from './fakes/memory-rate-limiter.ts';
export { MemoryRunEvents } from './fakes/memory-run-events.ts';
export { MemoryRunGate } from './fakes/memory-run-gate.ts';
export { MemoryJobCheck, MemoryRunMending } from './fakes/memory-run-mending.ts';
export { MemoryRunQueue } from './fakes/memory-run-queue.ts';
export { MemoryRunRetention } from './fakes/memory-run-retention.ts';
export { MemoryRunStore, type MemoryRunStoreOptions } from './fakes/memory-run-store.ts';
export { MemoryRunTree } from './fakes/memory-run-tree.ts';
export { MemoryStepStore } from './fakes/memory-step-store.ts';
export { MemoryScheduleStore } from './fakes/memory-schedule-store.ts';
export { MemoryServiceStates } from './fakes/memory-service-states.ts';
export { MemoryWorkerRegistry } from './fakes/memory-worker-registry.ts';
export { type DeathMoment, type MortalOptions, MortalProcess } from './fakes/mortal-process.ts';
export { TestClock } from './fakes/test-clock.ts';
export { type DeviceAnswer, workOff, type WorkOffOptions } from './fakes/work-off.ts';
export type { CommandEvent } from './devices/command-log.ts';
export {
  type DeviceFleet,
  type DeviceFleetOptions,
  type FleetDevice,
  startDeviceFleet,
} from './devices/device-fleet.ts';
export { type DeviceFault, FAULT_KINDS, type FaultKind, type FaultSpec } from './devices/device-fault.ts';
export { type Platform, PLATFORMS } from './devices/platforms/platform.ts';
export type { ConnectionCounts } from './devices/simulated-device.ts';
export { freePort } from './free-port.ts';
export { checkHistory, type CheckOptions, type Finding, type FindingKind } from './history/check-history.ts';
export type { HistoryEvent, LockEvent } from './history/history-event.ts';
export { type Need, needs } from './needs.ts';
export { descendants, type LeakWatch, markedProcesses, type ProcessInfo, watchLeaks } from './processes.ts';
export { isSignedWith, type ReceivedMessage, type Receiver, startReceiver } from './receiver.ts';
export { startTestRedis, type TestRedis, type TestRedisOptions } from './redis.ts';
export { startTestRedisCluster, type TestRedisCluster, type TestRedisClusterOptions } from './redis-cluster.ts';
export { startTestRedisSentinel, type TestRedisSentinel, type TestRedisSentinelOptions } from './redis-sentinel.ts';
export { type Sshd, type SshdOptions, startSshd } from './sshd.ts';
export { type TcpProxy, tcpProxy, type TcpProxyOptions } from './tcp-proxy.ts';
export { tempFolder, type TempFolder } from './temp-folder.ts';
export { waitFor, type WaitOptions } from './wait-for.ts';
export {
  type GatewayProcess,
  type Installation,
  type InstallationOptions,
  startInstallation,
  untilEnded,
} from './installation.ts';
export { type ServerProcess, type ServerProcessOptions, startServerProcess } from './server-process.ts';
