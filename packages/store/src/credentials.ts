import {
  AppError,
  type CatalogStore,
  chooseCredential,
  type Credential,
  type CredentialItem,
  type Credentials,
  type SecretBox,
  type StoredSecret,
} from '@runyard/domain';

const SECRET_FIELDS = ['password', 'privateKey', 'passphrase', 'enablePassword', 'token'] as const;

/**
 * Opens credentials in the worker that needs them. An opened one stays in memory while its item is the same, so a
 * slice of two hundred devices opens it once. `remember` is told each secret, so that logs can mask it.
 */
export function createCredentials(
  catalog: CatalogStore,
  secrets: SecretBox,
  remember: (secret: string) => void,
): Credentials {
  const opened = new WeakMap<CredentialItem, Promise<Credential>>();

  function open(item: CredentialItem): Promise<Credential> {
    let credential = opened.get(item);
    if (!credential) opened.set(item, (credential = openAll(item)));
    return credential;
  }

  async function openAll(item: CredentialItem): Promise<Credential> {
    const credential: { -readonly [Key in keyof Credential]: Credential[Key] } = { name: item.name };
    if (item.username !== undefined) credential.username = item.username;
    for (const field of SECRET_FIELDS) {
      const stored = item[field];
      if (stored) credential[field] = await openOne(item, stored);
    }
    return credential;
  }

  async function openOne(item: CredentialItem, stored: StoredSecret): Promise<string> {
    const sealed = 'sealed' in stored ? stored.sealed : await catalog.secret(stored.secret);
    if (sealed === null) {
      const name = 'secret' in stored ? stored.secret : '';
      throw new AppError(
        'CREDENTIAL_NOT_FOUND',
        `The credential '${item.name}' needs the secret '${name}', which is not there.`,
      );
    }
    const value = secrets.open(sealed);
    remember(value);
    return value;
  }

  return {
    async forDevice(device, service) {
      const { credentials, pools } = await catalog.credentials();
      const item = chooseCredential(device, service, credentials, (name) => pools.get(name));
      const named = device.credential ?? service.credential;
      if (!item && named !== undefined) throw missing(named);
      return item ? open(item) : null;
    },
    async named(name) {
      const { credentials } = await catalog.credentials();
      const item = credentials.find((credential) => credential.name === name);
      if (!item) throw missing(name);
      return open(item);
    },
    async secret(name) {
      const sealed = await catalog.secret(name);
      if (sealed === null) throw new AppError('CREDENTIAL_NOT_FOUND', `There is no secret with the name '${name}'.`);
      const value = secrets.open(sealed);
      remember(value);
      return value;
    },
  };
}

function missing(name: string): AppError {
  return new AppError('CREDENTIAL_NOT_FOUND', `There is no credential with the name '${name}'.`);
}
