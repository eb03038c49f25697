"""deepcollider: from Monte Carlo to report. The workflow at a glance; each stage is a file in workflow/rules."""

from snakemake.utils import min_version

min_version("9.27")


configfile: f"{workflow.current_basedir}/config/config.yaml"


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/common_sources.smk"
include: "workflow/rules/common_training.smk"
include: "workflow/rules/common_evaluation.smk"
include: "workflow/rules/common_explore.smk"
include: "workflow/rules/common_reports.smk"
include: "workflow/rules/common_compare.smk"
include: "workflow/rules/common_families.smk"
include: "workflow/rules/common_vae.smk"
include: "workflow/rules/common_gan.smk"
include: "workflow/rules/common_anomaly.smk"
include: "workflow/rules/common_masses.smk"
include: "workflow/rules/common_amplification.smk"
include: "workflow/rules/common_flagship.smk"
include: "workflow/rules/acquire.smk"
include: "workflow/rules/simulate.smk"
include: "workflow/rules/ntuples.smk"
include: "workflow/rules/trileptons.smk"
include: "workflow/rules/dileptons.smk"
include: "workflow/rules/toy_gaussians.smk"
include: "workflow/rules/skim.smk"
include: "workflow/rules/prepare.smk"
include: "workflow/rules/explore.smk"
include: "workflow/rules/schemes.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/architecture.smk"
include: "workflow/rules/adversarial.smk"
include: "workflow/rules/generate.smk"
include: "workflow/rules/evaluate.smk"
include: "workflow/rules/compare.smk"
include: "workflow/rules/anomaly.smk"
include: "workflow/rules/masses.smk"
include: "workflow/rules/amplification.smk"
include: "workflow/rules/flagship.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/index.smk"


localrules:
    all,
    data,


rule all:
    default_target: True
    input:
        tables=["results/tables/metrics.csv", "results/tables/power.csv", *comparison_tables(), *study_tables()],
        figures=[*comparison_figures(), *study_figures()],
        reports=all_reports(),
        prepared=prepared_trileptons() + prepared_dileptons(),


rule data:
    input:
        expand("results/splits/{process}/{split}.h5", process=PROCESSES, split=SPLITS),
        prepared_trileptons(),
        prepared_dileptons(),
        expand("results/toy_gaussians/{split}.h5", split=["train", "test"]),
