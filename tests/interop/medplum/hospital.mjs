// One small hospital, modelled as other hospitals' systems do and our simulators do not: a schedule whose
// actor is a PractitionerRole, beds in rooms, instants with milliseconds, a doctor with a name in parts.

const HL7 = 'http://terminology.hl7.org/CodeSystem/';
const meta = { lastUpdated: '2026-11-23T16:00:00.000Z' };
const code = (system, value) => ({ coding: [{ system, code: value }] });
const to = (reference, display) => ({ reference, ...(display ? { display } : {}) });
const physical = (value) => code(`${HL7}location-physical-type`, value);

const location = (id, name, kind, within, more) => ({
  resourceType: 'Location',
  id,
  meta,
  status: 'active',
  name,
  physicalType: physical(kind),
  managingOrganization: to('Organization/org-1'),
  ...(within ? { partOf: to(`Location/${within}`) } : {}),
  ...more,
});

const ward = (id, name, care) =>
  location(id, name, 'wa', 'site-1', {
    type: [code(`${HL7}v3-RoleCode`, 'HU'), code('urn:longgang:ward-care', care)],
  });

const bed = (id, within, state, changed) => ({
  ...location(id, id, 'bd', within, { operationalStatus: { system: `${HL7}v2-0116`, code: state } }),
  meta: { lastUpdated: changed },
});

const slot = (schedule, status, start, minutes, day = 25) => {
  const begin = new Date(Date.UTC(2026, 10, day, 0, start));
  return {
    resourceType: 'Slot',
    id: `slot-of-${schedule}-on-2026-11-${day}-at-minute-${String(start).padStart(3, '0')}`,
    meta,
    schedule: to(`Schedule/${schedule}`),
    status,
    start: begin.toISOString(),
    end: new Date(begin.getTime() + minutes * 60_000).toISOString(),
    serviceType: [{ text: '普通门诊' }],
  };
};

export const resources = [
  {
    resourceType: 'Organization',
    id: 'org-1',
    meta,
    active: true,
    type: [code(`${HL7}organization-type`, 'prov')],
    name: '互联医院',
    alias: ['Interop Hospital'],
    telecom: [{ system: 'phone', value: '0755-28800009' }],
  },
  { resourceType: 'Organization', id: 'org-2', meta, active: true, name: '互联医院内科', partOf: to('Organization/org-1') },
  location('site-1', '互联医院本部', 'si', undefined, {
    address: { state: '广东省', city: '深圳市', district: '龙岗区', line: ['吉华路1号'] },
    position: { longitude: 114.13, latitude: 22.61 },
  }),
  {
    resourceType: 'HealthcareService',
    id: 'service-1',
    meta,
    providedBy: to('Organization/org-1'),
    specialty: [{ text: '内科' }],
    name: '内科门诊',
    appointmentRequired: true,
    availableTime: [{ daysOfWeek: ['mon', 'wed'], availableStartTime: '08:00:00', availableEndTime: '12:00:00' }],
  },
  {
    resourceType: 'HealthcareService',
    id: 'service-2',
    meta,
    providedBy: to('Organization/org-1'),
    name: '急诊科',
    availableTime: [{ allDay: true }],
  },
  { resourceType: 'HealthcareService', id: 'service-3', meta, active: false, name: '已停办门诊' },
  { resourceType: 'Practitioner', id: 'doctor-1', meta, name: [{ use: 'official', family: '欧阳', given: ['静'] }] },
  { resourceType: 'Practitioner', id: 'doctor-2', meta, name: [{ text: '陈志强' }] },
  {
    resourceType: 'PractitionerRole',
    id: 'role-1',
    meta,
    active: true,
    practitioner: to('Practitioner/doctor-1'),
    organization: to('Organization/org-1'),
    code: [{ text: '主任医师' }],
    healthcareService: [to('HealthcareService/service-1')],
  },
  {
    resourceType: 'PractitionerRole',
    id: 'role-2',
    meta,
    active: true,
    practitioner: to('Practitioner/doctor-2'),
    organization: to('Organization/org-1'),
    code: [{ text: '住院医师' }],
    healthcareService: [to('HealthcareService/service-2')],
  },
  {
    resourceType: 'PractitionerRole',
    id: 'role-3',
    meta,
    active: false,
    practitioner: to('Practitioner/doctor-2'),
    organization: to('Organization/org-1'),
    healthcareService: [to('HealthcareService/service-1')],
  },
  {
    resourceType: 'Schedule',
    id: 'schedule-1',
    meta,
    actor: [to('Practitioner/doctor-1'), to('HealthcareService/service-1'), to('Location/site-1')],
  },
  { resourceType: 'Schedule', id: 'schedule-2', meta, actor: [to('PractitionerRole/role-2')] },
  // today at 08:00 (begun) and 11:00; tomorrow every 10 minutes from 08:00 with doctor 1, 36 of them free,
  // and every half hour from 08:00 with doctor 2
  slot('schedule-1', 'free', 0, 10, 24),
  slot('schedule-1', 'free', 180, 10, 24),
  ...Array.from({ length: 48 }, (_, n) => slot('schedule-1', n % 4 === 3 ? 'busy' : 'free', n * 10, 10)),
  ...Array.from({ length: 16 }, (_, n) => slot('schedule-2', 'free', n * 30, 30)),
  slot('schedule-1', 'entered-in-error', 500, 10),
  ward('ward-1', '内科一病区', 'unaccompanied'),
  ward('ward-2', '外科一病区', 'accompanied'),
  ward('ward-3', '空病区', 'accompanied'),
  location('room-1', '1室', 'ro', 'ward-1'),
  location('room-2', '2室', 'ro', 'ward-1'),
  bed('bed-1', 'room-1', 'O', '2026-11-23T22:00:00.000Z'),
  bed('bed-2', 'room-1', 'U', '2026-11-24T01:30:00.000Z'),
  bed('bed-3', 'room-2', 'U', '2026-11-23T20:00:00.000Z'),
  bed('bed-4', 'room-2', 'H', '2026-11-23T20:00:00.000Z'),
  bed('bed-5', 'ward-2', 'O', '2026-11-23T20:00:00.000Z'),
  { ...bed('bed-6', 'ward-2', 'U', '2026-11-24T01:59:00.000Z'), status: 'inactive' },
];
