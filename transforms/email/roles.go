package email

// strong are the names of shared mailboxes that nobody is called: they make a
// role address also where something follows ("info.berlin@").
const strong = `
	info infos information informations informacion informacoes informazioni informatie
	contact contacts contactus contacto contactos contato contatti contatto contactez kontakt kontakty kapcsolat yhteys
	sales presales salesteam salesinfo verkauf vertrieb vente ventes ventas venta vendas vendite verkoop salg forsaljning
	myynti sprzedaz prodej obchod commerciale comercial commercial
	support helpdesk help servicedesk techsupport customersupport soporte suporte supporto assistance assistenza hilfe hjelp
	service services customerservice customercare kundenservice kundendienst kundeservice kundservice klantenservice clientservice
	serviceclient servicio servizio atencionalcliente clientes clients
	office buero buro bureau oficina ufficio biuro kontor escritorio kanzlei praxis sekretariat secretariat secretary secretaria
	segreteria sekretariaat reception recepcion accueil empfang zentrale centrale
	admin administrator administration administracion administracao amministrazione administratie verwaltung
	webmaster postmaster hostmaster abuse root sysadmin noc usenet mailerdaemon
	noreply donotreply nichtantworten neantworten nepasrepondre noresponder bounce bounces mailer notifications notification alerts
	billing invoice invoices invoicing accounting accounts accountspayable accountsreceivable payable receivable finance payments
	buchhaltung rechnung rechnungen comptabilite compta facturation factures facturacion facturas contabilidad contabilidade
	contabilita fatture fatturazione boekhouding facturen administratie
	orders order bestellung bestellungen commande commandes pedidos ordini bestelling bestellingen
	purchasing procurement einkauf achats compras acquisti inkoop
	marketing press presse prensa imprensa stampa pers publicrelations media newsletter news redaktion editorial redaccion redazione
	humanresources personal personalabteilung recrutement recruiting recruitment jobs careers career karriere bewerbung
	bewerbungen emploi empleo lavoro vacatures vagas
	legal privacy datenschutz dpo gdpr rgpd dataprotection compliance impressum
	hello hallo hola bonjour ciao
	team inbox mailbox kontaktformular
	enquiries enquiry inquiries inquiry anfrage anfragen angebot angebote quote quotes quotation presupuesto preventivi
	booking bookings reservations reservation reservierung reservas reservaciones prenotazioni
	partners partnership partnerships affiliates affiliate reseller resellers wholesale export
	feedback questions question faq community membership
	shop store webshop onlineshop tienda negozio boutique
	dispatch warehouse logistics logistik shipping versand returns
	itsupport security secops devops operations tech technical technik
	events event training academy seminars
	investor investors investorrelations
	management direction direzione direccion geschaeftsleitung geschaeftsfuehrung gerencia
`

// weak are names that may also be a part of a person's address: they count only as
// the whole of the part before the @, and not where the person is called so (Dev, Job).
const weak = `
	mail email post ir hr rh pr it gf job ask crew devis sale ops edv hi hey hei sac
	all everyone staff company business dev developer developers web website site test demo general main
	ceo cfo cto coo cmo president director manager owner founder founders board chairman
	studio kitchen restaurant hotel front frontdesk desk doctor dentist clinic school church parish
	api app apps bot system systems server monitoring backup data analytics
	design editor producer production projects project research
	club verein gemeinde rathaus bibliothek library museum
`

// with are words that stand before a function without naming a person.
const with = `
	us usa uk gb eu emea apac latam dach na de at ch fr es it nl be pl se no dk fi ie ca au nz in sg jp br mx
	north south east west nord sud sued ost global international intl national regional local
	the our your main general central corporate group global new online web
	customer client customers clients kunden inside outside field team
`
