import {
  AppError,
  type Certificate,
  GATEWAY_MANAGER_RECORDS_MAX,
  type GatewayRecord,
  isVisibleTo,
  type Principal,
} from '@runyard/domain';
import { type ClusterRecordsDependencies, commit, type Look, lookAt } from './cluster-records.ts';
import { readCertificate } from './read-certificate.ts';

interface NewCertificate {
  readonly pem: string;
  readonly contractId: string;
  readonly alias: string;
}

export interface CertificateView {
  readonly certificate: Certificate;
  /** Those that use it and that the caller may see. */
  readonly gateways: readonly GatewayRecord[];
}

/** What the API does with certificates. */
export interface Certificates {
  list(principal: Principal): Promise<readonly CertificateView[]>;
  /** Rejects with CERTIFICATE_NOT_FOUND. */
  get(principal: Principal, id: string): Promise<CertificateView>;
  /** Rejects with CERTIFICATE_INVALID or CERTIFICATE_EXISTS. */
  create(given: NewCertificate): Promise<Certificate>;
  /** Rejects with CERTIFICATE_NOT_FOUND. */
  rename(principal: Principal, id: string, alias: string): Promise<CertificateView>;
  /** Rejects with CERTIFICATE_NOT_FOUND or CERTIFICATE_IN_USE. */
  remove(principal: Principal, id: string): Promise<CertificateView>;
}

export function createCertificates(deps: ClusterRecordsDependencies): Certificates {
  return {
    async list(principal) {
      const look = await lookAt(deps);
      const all = [...look.records.certificates.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
      return all.map((certificate) => viewOf(look, principal, certificate));
    },
    async get(principal, id) {
      const look = await lookAt(deps);
      return viewOf(look, principal, find(look, id));
    },
    async create({ pem, contractId, alias }) {
      const certificate: Certificate = { ...readCertificate(pem), contractId, alias };
      return commit(deps, ({ records }) => {
        if (records.certificates.has(certificate.id)) {
          throw new AppError('CERTIFICATE_EXISTS', `The certificate is there already, with the id ${certificate.id}.`);
        }
        if (records.certificates.size >= GATEWAY_MANAGER_RECORDS_MAX) {
          throw new AppError(
            'BODY_INVALID',
            `There are ${GATEWAY_MANAGER_RECORDS_MAX} certificates, which is the most.`,
          );
        }
        return { changes: [{ kind: 'certificate', action: 'put', item: certificate }], result: certificate };
      });
    },
    rename(principal, id, alias) {
      return commit(deps, (look) => {
        const certificate = { ...find(look, id), alias };
        const result = viewOf(look, principal, certificate);
        return { changes: [{ kind: 'certificate', action: 'put', item: certificate }], result };
      });
    },
    remove(principal, id) {
      return commit(deps, (look) => {
        const certificate = find(look, id);
        const [user] = usersOf(look, id);
        if (user)
          throw new AppError('CERTIFICATE_IN_USE', 'The certificate is used by a gateway and cannot be deleted.');
        const result = viewOf(look, principal, certificate);
        return { changes: [{ kind: 'certificate', action: 'delete', id }], result };
      });
    },
  };
}

function find({ records }: Look, id: string): Certificate {
  const certificate = records.certificates.get(id);
  if (certificate) return certificate;
  throw new AppError('CERTIFICATE_NOT_FOUND', `There is no certificate with the id '${id.slice(0, 100)}'.`);
}

function usersOf({ records }: Look, id: string): readonly GatewayRecord[] {
  return [...records.gateways.values()].filter(({ certificates }) => certificates.includes(id));
}

function viewOf(look: Look, principal: Principal, certificate: Certificate): CertificateView {
  const gateways = usersOf(look, certificate.id).filter(({ groups }) => isVisibleTo(principal, groups));
  return { certificate, gateways };
}
