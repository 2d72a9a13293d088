// Exports Cilium network policies for Kubernetes. Cilium can deny networks but not names. It can only allow names, so
// that pods with a label reach nothing else.

import { stringify } from 'yaml';
import { formatNetwork } from '../../net/address.ts';
import { matchesTool } from '../match.ts';
import { type ListForm, listEntries } from './lists.ts';
import {
  type BlockPlan,
  comment,
  type ExportContext,
  type ExportFile,
  exportPlans,
  type PlanFormat,
  plansWithNetworks,
} from './plan.ts';

const DENIALS: PlanFormat = {
  ending: 'cilium.yaml',
  sign: '#',
  words: {
    isForAllClients: true,
    blocks: 'for every pod, packets to networks that the vendor owns',
    lets: 'names on shared clouds: a denial of Cilium knows no names. Allow names instead, with the policy for pods with the label wiretally.io/ai=allowed',
  },
  notes: ({ sources, exempt, allowed }) =>
    sources.length + exempt.length + allowed.length > 0
      ? ['Not carried over: scope and exceptions by network: pods are named by labels']
      : [],
  text: (plan) => stringify(buildDenial(plan), { lineWidth: 0 }),
};

export const CILIUM: ListForm = {
  exact: (name) => [name],
  suffix: (name) => [name, `**.${name}`],
  glob: (name) => [name],
};

const API = { apiVersion: 'cilium.io/v2', kind: 'CiliumClusterwideNetworkPolicy' } as const;

/** Pods query the DNS of the cluster, and Cilium learns the addresses from its answers. */
const DNS = {
  toEndpoints: [{ matchLabels: { 'k8s:io.kubernetes.pod.namespace': 'kube-system', 'k8s-app': 'kube-dns' } }],
  toPorts: [{ ports: [{ port: '53', protocol: 'ANY' }], rules: { dns: [{ matchPattern: '*' }] } }],
};

export function exportCilium(context: ExportContext): ExportFile[] {
  const denials = exportPlans(context, DENIALS, plansWithNetworks(context));
  const allowed = buildAllowance(context);
  return allowed === null ? denials : [...denials, allowed];
}

function buildDenial({ rule, networks }: BlockPlan): object {
  return {
    ...API,
    metadata: { name: objectName(`wiretally-deny-${rule.id}`) },
    spec: {
      endpointSelector: {},
      // Without this field, a policy that only denies would also block all other traffic of the pods.
      enableDefaultDeny: { egress: false, ingress: false },
      egressDeny: [{ toCIDRSet: networks.map(({ cidr }) => ({ cidr })) }],
    },
  };
}

/** Exports names that rules allow, or the gateways that they require. Returns null if no rule allows anything. */
function buildAllowance(context: ExportContext): ExportFile | null {
  const rules = context.policy.rules.filter(({ action }) => action === 'allow');
  const gateways = rules.flatMap(({ via }) => (via?.networks ?? []).map(formatNetwork));
  const free = rules.filter(({ via }) => via === null);
  const plans = free.map((rule) => ({
    names: context.tools
      .filter((tool) => matchesTool(rule.match, tool))
      .flatMap(({ id, endpoints }) =>
        endpoints.map(({ host, match }) => ({
          name: host.toLowerCase().replace(/^\*\./, ''),
          match,
          tools: [id],
          isVendorWide: false,
          isTelemetry: false,
        })),
      ),
  }));
  const names = [...new Set(plans.flatMap((plan) => listEntries(plan, CILIUM).map(({ line }) => line)))];
  if (names.length + gateways.length === 0) return null;
  const notes = [
    `Policy "${context.policy.name}", sha256 ${context.policySha256}; catalogue ${context.catalogueVersion}`,
    'Lets pass: for pods with the label wiretally.io/ai=allowed, the names of allowed tools, required gateways, and DNS',
    'Blocks: for these pods, every other destination; other pods are not concerned',
    'Blocks too much: whatever else these pods need, until another policy allows it',
  ];
  return {
    name: 'wiretally-allow.cilium.yaml',
    text: `${comment('#', notes)}${podPolicy('wiretally-allow', names, gateways)}`,
  };
}

/** Allows pods with a label to reach these names and networks only. */
export function podPolicy(name: string, lines: readonly string[], networks: readonly string[] = []): string {
  const names = lines.filter((line) => FQDN.test(line)).sort();
  const policy = {
    ...API,
    metadata: { name: objectName(name) },
    spec: {
      endpointSelector: { matchLabels: { 'wiretally.io/ai': 'allowed' } },
      egress: [
        DNS,
        ...(names.length === 0
          ? []
          : [
              {
                toFQDNs: names.map((line) =>
                  line.includes('*') ? { matchPattern: line } : { matchName: line },
                ),
                toPorts: [{ ports: [{ port: '443', protocol: 'ANY' }] }],
              },
            ]),
        ...(networks.length === 0 ? [] : [{ toCIDRSet: networks.map((cidr) => ({ cidr })) }]),
      ],
    },
  };
  return stringify(policy, { lineWidth: 0 });
}

/** Pattern of matchName and matchPattern in the definition of the resource. */
const FQDN = /^([-a-zA-Z0-9_*]+[.]?)+$/;

/** Follows RFC 1123, as Kubernetes requires. */
const objectName = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9.-]/g, '-')
    .replace(/[^a-z0-9]+$/, '')
    .slice(0, 253);
