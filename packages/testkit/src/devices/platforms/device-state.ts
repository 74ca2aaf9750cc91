import { JunosConfig } from './junos-config.ts';
import { type Platform, PLATFORM_FACTS } from './platform.ts';
import { RunningConfig } from './running-config.ts';

/** What a device is and remembers from one session to the next. */
export class DeviceState {
  readonly name: string;
  readonly platform: Platform;
  readonly username: string;
  readonly enablePassword: string;
  readonly serial: string;
  readonly bootedAtMs = Date.now();
  hostname: string;
  #config: RunningConfig | undefined;
  #junos: JunosConfig | undefined;

  constructor(name: string, index: number, platform: Platform, username: string, enablePassword: string) {
    this.name = name;
    this.platform = platform;
    this.username = username;
    this.enablePassword = enablePassword;
    this.hostname = name;
    this.serial = `SIM${String(index + 1).padStart(8, '0')}`;
  }

  get model(): string {
    return PLATFORM_FACTS[this.platform].model;
  }

  get version(): string {
    return PLATFORM_FACTS[this.platform].version;
  }

  get uptimeSeconds(): number {
    return Math.floor((Date.now() - this.bootedAtMs) / 1_000);
  }

  /** Made when it is first looked at: most of a large fleet never is. */
  get config(): RunningConfig {
    this.#config ??= this.#factoryConfig();
    return this.#config;
  }

  get junos(): JunosConfig {
    this.#junos ??= new JunosConfig(this.#factoryStatements());
    return this.#junos;
  }

  #factoryConfig(): RunningConfig {
    const config = new RunningConfig();
    config.set('', `hostname ${this.hostname}`);
    for (const name of PLATFORM_FACTS[this.platform].interfaces) config.open(`interface ${name}`);
    return config;
  }

  #factoryStatements(): readonly string[] {
    const interfaces = PLATFORM_FACTS[this.platform].interfaces.map((name) => `interfaces ${name} mtu 1514`);
    return [`version ${this.version}`, `system host-name ${this.hostname}`, ...interfaces];
  }
}
